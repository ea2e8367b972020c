/** A script that prints all users without this program: the same request, the same output. */
const { TWILIO_ORG_API_URL, TWILIO_ORG_ACCESS_TOKEN } = process.env;
const headers = { authorization: `Bearer ${TWILIO_ORG_ACCESS_TOKEN}` };
const response = await fetch(`${TWILIO_ORG_API_URL}/scim/v2/Users`, { headers });
const { Resources } = await response.json();
process.stdout.write(
  process.argv[2] === 'json'
    ? `${JSON.stringify(Resources, null, 2)}\n`
    : Resources.map((user) => `${JSON.stringify(user)}\n`).join(''),
);
