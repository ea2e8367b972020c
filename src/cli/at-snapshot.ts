import { twilio } from '../login/config/settings.ts';
import { indexAccounts, type NamedAccount } from '../organization/accounts.ts';
import { createOrganization } from '../organization/organization.ts';
import { findSnapshot } from '../organization/snapshots/find.ts';
import { readPart } from '../organization/snapshots/read-part.ts';
import { snapshotReader } from '../organization/snapshots/source.ts';
import { apiSource } from '../organization/source.ts';
import { usageError } from '../platform/core/errors.ts';
import { once } from '../platform/core/once.ts';
import { minuteOf } from '../platform/core/time-words.ts';
import type { Context } from './context.ts';
import { snapshotPlaces } from './snapshot-places.ts';

/**
 * Makes the command read a snapshot: the organization, its SID, the names of accounts and the time are those of the snapshot.
 * Nothing is sent, and no login is read.
 *
 * @param written the value of `--at`
 */
export async function readAtSnapshot(ctx: Context, written: string): Promise<void> {
  const snapshot = await findSnapshot(written, snapshotPlaces(ctx));
  const { manifest } = snapshot;
  const { organization_sid: organizationSid, api_url: apiUrl, began_at, client_id } = manifest;
  const began = Date.parse(began_at);
  const clientId = client_id ?? undefined;
  ctx.messages.note(`From snapshot ${manifest.id} of ${organizationSid}, taken ${minuteOf(began_at)} UTC`);
  if (!manifest.personal_data)
    ctx.messages.warn('This snapshot has no names or addresses of users: their SIDs stand in their place');
  ctx.snapshot = manifest;
  const reader = snapshotReader(snapshot);
  // Words such as "2 days ago" are those of then.
  ctx.now = () => began;
  ctx.settings = async () => ({
    source: 'profile',
    profileName: ctx.flags.profile ?? 'default',
    profile: undefined,
    apiUrl,
    oauthUrl: twilio.oauthUrl,
    organizationSid,
    clientId,
  });
  ctx.identity = async () => ({
    source: 'profile',
    profileName: undefined,
    clientId,
    organizationSid,
    organizationFrom: 'login',
    apiUrl,
  });
  ctx.scopes = once(async () => ({
    organizationSid,
    accounts: indexAccounts(await readPart<NamedAccount>(snapshot, 'accounts')),
  }));
  const refuse = () => Promise.reject(usageError('A snapshot can only be read', 'Leave out --at'));
  ctx.tokens = refuse;
  ctx.store = refuse;
  ctx.api = async () => ({ ...reader, write: refuse });
  ctx.organization = once(async () =>
    createOrganization(apiSource(reader, { isLocal: true }), {
      sizes: async () => ({
        users: manifest.parts.users.count,
        assignments: manifest.parts.roleAssignments.count,
      }),
      // A snapshot is smaller or larger than the list before for good reasons.
      check: async () => undefined,
    }),
  );
}
