/**
 * In the place of the keychain's library: keeps each entry in a file of FAKE_KEYTAR_DIR. FAKE_KEYTAR_KILL_AT=n kills the
 * program right before its nth call takes effect, FAKE_KEYTAR_FAULT makes calls fail with that message, or only those of
 * the method FAKE_KEYTAR_FAULT_AT; FAKE_KEYTAR_HANGS lets them never end, and
 * FAKE_KEYTAR_FORGETS keeps nothing.
 */
const { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const { FAKE_KEYTAR_DIR: folder, FAKE_KEYTAR_KILL_AT: killAt } = process.env;
const { FAKE_KEYTAR_FAULT: fault, FAKE_KEYTAR_FAULT_AT: faultAt, FAKE_KEYTAR_HANGS: hangs } = process.env;
let calls = 0;

async function begin(method) {
  calls += 1;
  appendFileSync(path.join(folder, '.calls'), `${method}\n`);
  if (calls === Number(killAt)) {
    process.kill(process.ppid, 'SIGKILL');
    process.exit();
  }
  // The timer keeps the process alive, as a thread that waits would.
  if (hangs) await new Promise(() => setInterval(() => undefined, 1_000));
  if (fault && (faultAt ?? method) === method) throw new Error(fault);
}

exports.AsyncEntry = class {
  constructor(service, account) {
    this.file = path.join(folder, encodeURIComponent(`${service} ${account}`));
  }

  async getPassword() {
    await begin('getPassword');
    try {
      return readFileSync(this.file, 'utf8');
    } catch {
      return null;
    }
  }

  async setPassword(text) {
    await begin('setPassword');
    // CRED_MAX_CREDENTIAL_BLOB_SIZE of Windows.
    if (Buffer.byteLength(text, 'utf16le') > 2560) throw new Error('The stub received bad data');
    if (process.env.FAKE_KEYTAR_FORGETS) return;
    writeFileSync(`${this.file}.new`, text);
    renameSync(`${this.file}.new`, this.file);
  }

  async deletePassword() {
    await begin('deletePassword');
    try {
      rmSync(this.file);
      return true;
    } catch {
      return false;
    }
  }
};
