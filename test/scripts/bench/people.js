/** People in a sandbox, to change and to remove. */
const concurrency = 16;

/**
 * Creates users with one address each, who all have the named roles in the whole organization.
 *
 * @param {{ about: Record<string, any>, env: NodeJS.ProcessEnv }} sandbox
 * @param {number} count
 * @param {string[]} roles by name
 * @returns {Promise<string[]>} their addresses
 */
export async function createPeople({ about, env }, count, roles = [], prefix = 'bench') {
  const call = caller(about.api_url, env.TWILIO_ORG_ACCESS_TOKEN);
  const sids = await roleSids(call, roles);
  const names = Array.from({ length: count }, (_, index) => `${prefix}${index}@example.com`);
  await forEach(names, async (userName) => {
    const user = { userName, emails: [{ value: userName, primary: true }], active: true };
    const { id } = await call('POST', '/scim/v2/Users', user);
    for (const role_sid of sids) {
      const assignment = { role_sid, scope: about.organization_sid, identity: id };
      await call('POST', '/v2/Organizations/RoleAssignments', assignment);
    }
  });
  return names;
}

async function roleSids(call, names) {
  if (names.length === 0) return [];
  const { roles } = await call('GET', '/v2/Organizations/Roles?PageSize=1000');
  return names.map((name) => roles.find(({ friendly_name }) => friendly_name === name).sid);
}

async function forEach(items, work) {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

function caller(origin, token) {
  return async (method, path, body) => {
    const type = path.startsWith('/scim/') ? 'application/scim+json' : 'application/json';
    const response = await fetch(origin + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
}
