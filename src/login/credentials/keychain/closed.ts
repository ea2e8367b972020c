import { AppError } from '../../../platform/core/errors.ts';

/** The keychain exists, but is locked or does not respond. */
export class ClosedKeychain extends AppError {}
