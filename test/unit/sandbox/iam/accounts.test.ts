import { expect, test } from 'vitest';
import { callerOf, sandboxFor } from '../../../support/sandbox.ts';

const other = `OR${'0'.repeat(32)}`;

test('accounts have names at the preview path, in pages', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox, sandbox.issueToken({ scopes: [] }));
  const path = `/Organizations/${sandbox.organizationSid}/Accounts`;
  const seen: unknown[] = [];
  for (let url: string | null = `${path}?PageSize=2`; url !== null; ) {
    const { status, body } = await call('GET', url);
    expect([status, body.content.length]).toEqual([200, expect.any(Number)]);
    expect(body.content.length).toBeLessThanOrEqual(2);
    seen.push(...body.content);
    url = body.meta.next_page_url;
  }
  const managed = sandbox.state.accounts.filter((account) => account.managed);
  expect(seen).toEqual(
    managed.map(({ sid, friendlyName }) => ({
      account_sid: sid,
      friendly_name: friendlyName,
      status: 'active',
      owner_sid: sandbox.organizationSid,
      date_created: expect.stringMatching(/^2023-/),
    })),
  );
  expect((await call('GET', `${path}/${managed[1]?.sid}`)).body).toEqual(seen[1]);
});

test('an account of somebody else, another organization and a request without a token are refused', async () => {
  const sandbox = await sandboxFor();
  const path = `/Organizations/${sandbox.organizationSid}/Accounts`;
  const call = callerOf(sandbox);
  const foreign = sandbox.state.accounts.find(({ managed }) => !managed)?.sid;
  for (const sid of [foreign, `AC${'0'.repeat(32)}`]) {
    expect(await call('GET', `${path}/${sid}`)).toMatchObject({ status: 404, body: { code: 25101 } });
  }
  expect(await call('GET', `/Organizations/${other}/Accounts`)).toMatchObject({ body: { code: 25100 } });
  const foreigner = callerOf(sandbox, sandbox.issueToken({ organizationSid: other }));
  expect(await foreigner('GET', path)).toMatchObject({ status: 403, body: { code: 25105 } });
  expect((await fetch(`${sandbox.apiUrl}${path}`)).status).toBe(401);
});
