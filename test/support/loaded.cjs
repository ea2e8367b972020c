// Preloaded into a process: at its end, writes the scripts that it has loaded, Node's own modules and files alike, to the
// file that is named in the environment.
const { writeFileSync } = require('node:fs');
const { Session } = require('node:inspector');

const loaded = new Set();
const session = new Session();
session.connect();
session.on('Debugger.scriptParsed', ({ params }) => loaded.add(params.url));
session.post('Debugger.enable');
process.on('exit', () => writeFileSync(process.env.LOADED_FILE, JSON.stringify([...loaded])));
