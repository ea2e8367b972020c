import { alternatives } from '../../../platform/core/text.ts';
import { addressKey } from '../../../twilio/address.ts';
import type { User } from '../../../twilio/users.ts';
import { defineRule } from '../rule.ts';

export const foreignAddress = defineRule({
  id: 'foreign-address',
  summary: "active users with an address outside the organization's own domains",
  help: 'A private or foreign mailbox outlives the contract with its owner. The rule works where the file of rules lists `domains`.',
  severity: 'warning',
  whyNot: ({ domains, users }) =>
    domains.length > 0 && users.length > 0 && users.every(({ id, userName }) => id === userName)
      ? 'this snapshot has no addresses'
      : undefined,
  *check({ users, domains, userWord }) {
    if (domains.length === 0) return;
    const isOwn = ownDomains(domains);
    const outside = `is outside ${alternatives(domains)}`;
    for (const user of users) {
      if (user.active === false) continue;
      const foreign = addressesOf(user).filter((address) => !isOwn(address));
      if (foreign.length === 0) continue;
      const name = foreign.includes(addressKey(user.userName)) ? '' : ` (${foreign.join(', ')})`;
      yield {
        person: user.id,
        message: `${user.userName}${name} ${outside}`,
        assignments: [],
        fix: `twilio-org users deactivate ${userWord(user)}`,
        key: [],
      };
    }
  },
});

function addressesOf({ userName, emails }: User): string[] {
  // The usual user has one address.
  if (emails?.length === 1 && emails[0]?.value === userName) return [addressKey(userName)];
  return [...new Set([userName, ...(emails ?? []).map(({ value }) => value)].map(addressKey))];
}

/** `example.com` stands for itself; `*.example.com` for the domains below it. */
function ownDomains(domains: readonly string[]): (address: string) => boolean {
  const exact = new Set(domains.filter((domain) => !domain.startsWith('*.')));
  const below = domains.flatMap((domain) => (domain.startsWith('*.') ? [domain.slice(1)] : []));
  return (address) => {
    const domain = address.slice(address.lastIndexOf('@') + 1);
    return exact.has(domain) || below.some((end) => domain.endsWith(end));
  };
}
