import { patchBodyValidation, type ScimPatch, type ScimPatchOperation, scimPatch } from 'scim-patch';
import { isObject } from '../../platform/core/json.ts';
import { ApiError } from '../http/errors.ts';
import { seededSid } from '../state/random.ts';
import { count, mutateUser, type State, timestamp } from '../state/state.ts';
import { primaryEmail, readAttributes, userSchema } from './user-attributes.ts';
import type { User, UserAttributes } from './user-store.ts';

/** The paths that PATCH can change. Others are ignored silently, as Twilio does. */
const patchPaths = [
  'active',
  'name.givenName',
  'name.familyName',
  'displayName',
  'timezone',
  'locale',
  'emails[primary eq true].value',
  'userName',
];

export function createUser(state: State, body: Record<string, unknown>, now: number): User {
  const attributes = readAttributes(body);
  checkSameEmail(attributes);
  checkDomain(state, attributes.userName);
  checkUnique(state, attributes);
  if (state.users.size >= state.userLimit) throw new ApiError(25007);
  const number = count(state);
  const time = timestamp(now, number);
  const user: User = {
    id: seededSid('US', state.seed, 10_000_000 + number),
    ...attributes,
    schemas: [userSchema],
    meta: { resourceType: 'User', created: time, lastModified: time, version: 'W/1' },
  };
  state.users.put(user);
  state.journal.push({ effect: 'user created', user });
  return user;
}

/** Replaces all attributes (RFC 7644, section 3.5.1); those missing from the body are removed. The version is that of If-Match, or of the body. */
export function replaceUser(
  state: State,
  id: string,
  body: Record<string, unknown>,
  ifMatch: string | undefined,
  now: number,
): User {
  const user = changeable(state, id);
  const inBody = isObject(body.meta) && typeof body.meta.version === 'string' ? body.meta.version : undefined;
  checkVersion(user, ifMatch ?? inBody);
  return applyAttributes(state, user, readAttributes(body), now);
}

/** Patches a user (RFC 7644, section 3.5.2). The version is that of If-Match. */
export function patchUser(
  state: State,
  id: string,
  body: Record<string, unknown>,
  ifMatch: string | undefined,
  now: number,
): User {
  const user = changeable(state, id);
  checkVersion(user, ifMatch);
  const patched = patchedAttributes(user, knownOperations(body));
  // Microsoft Entra sends `active` as a string.
  if (/^(true|false)$/i.test(String(patched.active)))
    patched.active = String(patched.active).toLowerCase() === 'true';
  if (typeof patched.active !== 'boolean') throw new ApiError(25015, 'active must be true or false');
  return applyAttributes(state, user, readAttributes(patched), now);
}

/** Deactivates the user. Users are never deleted. */
export function deactivateUser(state: State, id: string, now: number): void {
  const user = changeable(state, id);
  if (user.active) mutateUser(state, user, { active: false }, now);
}

export function findUser(state: State, id: string): User {
  const user = state.users.get(id);
  if (user === undefined) throw new ApiError(25008);
  return user;
}

function changeable(state: State, id: string): User {
  const user = findUser(state, id);
  if (state.suspended.has(id)) throw new ApiError(25009);
  if (state.ownerSid === id) throw new ApiError(25016);
  return user;
}

/** Accepts a version as Twilio writes it, `W/13`, and with the quotes of RFC 9110, section 8.8.3. */
function checkVersion(user: User, wanted: string | undefined): void {
  if (wanted === undefined || wanted.trim() === '*') return;
  const versions = wanted.split(',').map((version) => version.trim().replaceAll('"', ''));
  if (!versions.includes(user.meta.version))
    throw new ApiError(25020, `The user is at version ${user.meta.version}`);
}

function applyAttributes(state: State, user: User, attributes: UserAttributes, now: number): User {
  const renamed = attributes.userName !== user.userName;
  const readdressed = primaryEmail(attributes.emails) !== primaryEmail(user.emails);
  if (state.emailFixed.has(user.id) && readdressed) throw new ApiError(25012);
  if (state.emailFixed.has(user.id) && renamed) throw new ApiError(25013);
  checkSameEmail(attributes);
  if (renamed) checkDomain(state, attributes.userName);
  checkUnique(state, attributes, user.id);
  const { id, schemas, meta } = user;
  const bare = { id, ...attributes, schemas, meta };
  return mutateUser(state, bare, {}, now);
}

function checkSameEmail({ userName, emails }: UserAttributes): void {
  if (primaryEmail(emails) !== userName) throw new ApiError(25014);
}

function checkDomain(state: State, email: string): void {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (!state.verifiedDomains.includes(domain))
    throw new ApiError(25017, `E-mail domain ${domain} is not verified`);
}

function checkUnique({ users }: State, { userName, externalId }: UserAttributes, own?: string): void {
  const namesake = users.byUserName(userName);
  if (namesake !== undefined && namesake.id !== own)
    throw new ApiError(25022, `User name ${userName} exists`);
  const twin = externalId === undefined ? undefined : users.byExternalId(externalId);
  if (twin !== undefined && twin.id !== own) throw new ApiError(25022, `External id ${externalId} exists`);
}

/** The valid operations on known paths. An operation without a path has an object of values by path (RFC 7644, section 3.5.2.3). */
function knownOperations(body: Record<string, unknown>): ScimPatchOperation[] {
  const { Operations: operations } = patchBody(body);
  return operations.flatMap((operation): ScimPatchOperation[] => {
    if (operation.path) return withKnownPath(operation, operation.path);
    if (!isObject(operation.value))
      throw new ApiError(25015, 'An operation without a path needs an object as its value');
    return Object.entries(operation.value).flatMap(([path, value]) =>
      withKnownPath({ ...operation, value }, path),
    );
  });
}

function withKnownPath(operation: ScimPatchOperation, path: string): ScimPatchOperation[] {
  const plain = path.replace(`${userSchema}:`, '').trim().replace(/\s+/g, ' ').toLowerCase();
  const known = patchPaths.find((candidate) => candidate.toLowerCase() === plain);
  return known === undefined ? [] : [{ ...operation, path: known }];
}

function patchBody(body: Record<string, unknown>): ScimPatch {
  try {
    assertPatch(body);
    return body;
  } catch (error) {
    throw new ApiError(25015, error instanceof Error ? error.message : undefined);
  }
}

function assertPatch(body: unknown): asserts body is ScimPatch {
  if (!isObject(body) || !Array.isArray(body.schemas)) throw new Error('schemas are missing');
  if (!Array.isArray(body.Operations) || !body.Operations.every(isObject))
    throw new Error('Operations are missing');
  patchBodyValidation(body as unknown as ScimPatch);
}

function patchedAttributes(user: User, operations: ScimPatchOperation[]): Record<string, unknown> {
  const { meta, schemas, ...attributes } = user;
  // scim-patch requires dates in `meta`, but does not use them.
  const draft = {
    ...attributes,
    schemas: [...schemas],
    meta: { created: new Date(0), lastModified: new Date(0) },
  };
  try {
    return scimPatch(draft, operations, { mutateDocument: false, treatMissingAsAdd: true });
  } catch (error) {
    throw new ApiError(25015, error instanceof Error ? error.message : undefined);
  }
}
