/**
 * Command lines whose output two revisions have to share, in this order: they change the sandbox. `ADA`, `BEN` and `CLEO` are
 * active users, `SID` is the SID of the first, `OFF` is not active.
 */
const formats = ['table', 'json', 'jsonl', 'csv', 'tsv'];
const groups = [
  'auth',
  'apps',
  'users',
  'roles',
  'role-assignments',
  'access',
  'accounts',
  'snapshots',
  'guards',
  'runs',
];
const inFormats = (line) => formats.map((format) => `${line} -o ${format}`);

const help = [
  '--version',
  '--help',
  'help',
  ...groups.flatMap((group) => [`${group} --help`, `help ${group}`, group]),
  ...['open', 'api', 'sandbox', 'doctor', 'completion'].map((name) => `${name} --help`),
  ...['environment', 'exit-codes', 'files', 'formatting', 'questions'].map((topic) => `help ${topic}`),
  ...[
    'users list',
    'users import',
    'users offboard',
    'role-assignments create',
    'access copy',
    'runs undo',
  ].map((verb) => `${verb} --help`),
  ...['bash', 'zsh', 'fish', 'powershell'].map((shell) => `completion ${shell}`),
];

const mistakes = [
  'users lst',
  'usres list',
  'users list --limt 3',
  'users list --limit x',
  'users list --fields nothing',
  'users get',
  'users get nobody@example.com',
  'users get SID -o json --fields nothing',
  'users create',
  'users create --email no-address',
  'users import missing.csv --yes',
  'users import wrong.csv --dry-run',
  'users deactivate ADA',
  'role-assignments create --user ADA --role Nothing --scope org',
  'role-assignments create --user ADA --role Developer --scope XX1',
  'role-assignments delete --user ADA --role Developer',
  'access diff ADA',
  'runs show never',
  'completion csh',
  'completion',
];

const reads = [
  ...inFormats('users list'),
  ...inFormats('users list --active --limit 3'),
  ...inFormats('users get ADA'),
  'users list',
  'users list --inactive',
  'users list --search a --fields id,userName',
  'users list --user-name ADA',
  'users get SID',
  'users export',
  'users export -o jsonl',
  ...inFormats('roles list'),
  'roles list --search admin --permissions -o json',
  'roles get Developer',
  'roles get Developer -o json',
  ...inFormats('role-assignments list'),
  ...inFormats('role-assignments list --user ADA --names'),
  'role-assignments list --role Developer --role Support',
  'role-assignments list --scope org --limit 4 -o table',
  'role-assignments export',
  'role-assignments export --user ADA -o jsonl',
  ...inFormats('access diff ADA BEN'),
  'access diff ADA BEN --all --exit-code',
  'guards show',
  'guards show -o json',
  'auth status',
  'auth status -o json',
  'apps scopes',
  'apps scopes "users list" "users deactivate" -o json',
  'open user ADA',
  'open roles',
  'api GET /v2/Organizations/Roles?PageSize=2',
  'api GET /v2/Organizations/RoleAssignments --paginate -o jsonl',
  ...inFormats('runs list'),
];

const changes = [
  'users create --email new@example.com --given-name Nia --family-name New --dry-run',
  'users create --email new@example.com --given-name Nia --family-name New',
  'users create --email new@example.com -o json',
  'users update ADA --locale sv-SE --dry-run',
  'users update ADA --locale sv-SE',
  'users update ADA --locale sv-SE -o json',
  'users deactivate BEN --dry-run',
  'users deactivate BEN --dry-run -o json',
  'users deactivate BEN CLEO --yes -o table',
  'users deactivate BEN --yes',
  'users activate BEN CLEO --yes -o json',
  'users import people.csv --dry-run',
  'users import people.csv --dry-run -o json',
  'users import people.csv --yes -o csv',
  'users import people.csv --yes',
  'users onboard people.csv --template template.yaml --yes -o json',
  'role-assignments create --user ADA --user BEN --role Developer --scope org --dry-run',
  'role-assignments create --user ADA --user BEN --role Developer --scope org -o json',
  'role-assignments create --user ADA --role Developer --scope org',
  'role-assignments replace --user ADA --from Developer --to Support --scope org --dry-run',
  'role-assignments replace --user ADA --from Developer --to Support --scope org --yes -o table',
  'role-assignments delete --user ADA --role Support --scope org --dry-run',
  'role-assignments delete --user ADA --role Support --scope org --yes -o json',
  'role-assignments import roles.csv --dry-run -o table',
  'role-assignments import roles.csv --yes -o jsonl',
  'access copy --from ADA --to CLEO --dry-run',
  'access copy --from ADA --to CLEO --yes -o json',
  'access copy --from BEN --to CLEO --mode mirror --yes -o table',
  'users offboard BEN --dry-run -o table',
  'users offboard BEN --yes -o json',
  'users offboard CLEO --yes -o table',
  'guards set --max-removals 10 --protect ADA',
  'guards show -o table',
  'users deactivate ADA --yes',
  'guards unset --max-removals',
  ...inFormats('runs list'),
  ...inFormats('runs show last'),
  'runs undo last --dry-run',
  'runs undo last --yes --reactivate',
  'runs undo last --yes -o json',
  'users delete CLEO --yes -o json',
  'users delete OFF --yes',
];

/** @type {readonly string[]} */
export const commandLines = [...help, ...mistakes, ...reads, ...changes];

/** The words of a line, with its users. Quotes group words. */
export function wordsOf(line, people) {
  const words = line.match(/"[^"]*"|\S+/g).map((word) => word.replaceAll('"', ''));
  return words.map((word) => people[word] ?? word);
}

/** The files that the lines name. */
export const inputFiles = ({ ADA, BEN }) => ({
  'people.csv': `email,givenName,familyName,locale\n${ADA},Ada,Changed,de-DE\nkim@example.com,Kim,Kay,en-GB\n`,
  'wrong.csv': `email,colour\nno-address,red\n${BEN},blue\n`,
  'roles.csv': `user,role,scope\n${ADA},Billing,org\n${BEN},Support,org\n`,
  'template.yaml': 'user:\n  locale: en-US\nroles:\n  - role: Support\n    scope: org\n',
});
