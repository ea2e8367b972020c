#!/usr/bin/env node
/**
 * Plays a person with a browser, for `BROWSER`: opens the sandbox's approval page, clicks "Approve access" (or "Deny",
 * when TWILIO_ORG_TEST_ANSWER is `deny`) and reads the page that the login ends on. Goes nowhere but to this machine.
 */
const address = process.argv.at(-1) ?? '';
const answer = process.env.TWILIO_ORG_TEST_ANSWER ?? 'approve';

const page = await read(await visit(address));
const form = /<form method="post" action="([^"]+)">/.exec(page)?.[1];
if (form === undefined) throw new Error(`There is no form on the page at ${address}:\n${page}`);
const fields = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)];
const button = new RegExp(`<button [^>]*name="([^"]+)" value="${answer}">`).exec(page)?.[1];
if (button === undefined) throw new Error(`There is no button to ${answer}`);

const body = new URLSearchParams([...fields.map(([, name, value]) => [name, value]), [button, answer]]);
const decided = await visit(new URL(form, address), { method: 'POST', body });
const end = await visit(new URL(decided.headers.get('location') ?? '', address));
process.stdout.write(await read(end));

function visit(url, options) {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:' || !/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)) {
    throw new Error(`${hostname} is not this machine`);
  }
  return fetch(url, { ...options, redirect: 'manual' });
}

async function read(response) {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}:\n${text}`);
  return text;
}
