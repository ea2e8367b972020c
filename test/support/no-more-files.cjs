// Preloaded into a process: once it has begun to send a request of a method that is named in the environment, it can
// load no more scripts, as when all its file handles are in use, or another version has taken the place of its files.
const { ClientRequest } = require('node:http');
const Module = require('node:module');

const { FILES_UNTIL: methods, FILES_ERROR: code } = process.env;
const load = Module._extensions['.js'];
const end = ClientRequest.prototype.end;
let isEnough = false;

ClientRequest.prototype.end = function (...given) {
  isEnough ||= methods.split(' ').includes(this.method);
  return end.apply(this, given);
};
Module._extensions['.js'] = (module, file) => {
  if (!isEnough) return load(module, file);
  const syscall = code === 'EMFILE' ? { syscall: 'open', path: file } : {};
  throw Object.assign(new Error(`${code}: ${file}\nRequire stack:\n- ${module.parent?.id}`), {
    code,
    ...syscall,
  });
};
