import { AppError } from '../../../platform/core/errors.ts';

/** A keychain that is there, and locked or silent. */
export class ClosedKeychain extends AppError {}
