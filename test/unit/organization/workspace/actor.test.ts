import { expect, test } from 'vitest';
import { actorOf } from '../../../../src/organization/workspace/actor.ts';

const system = () => ({ username: 'ada' });
const nobody = () => {
  throw new Error('ENOENT: no such user');
};

test.each([
  [{ TWILIO_ORG_ACTOR: 'grace', GITHUB_ACTOR: 'octocat', GITLAB_USER_LOGIN: 'fox' }, system, 'grace'],
  [{ GITHUB_ACTOR: 'octocat', GITLAB_USER_LOGIN: 'fox' }, system, 'octocat'],
  [{ GITLAB_USER_LOGIN: 'fox' }, system, 'fox'],
  [{}, system, 'ada'],
  [{ TWILIO_ORG_ACTOR: '', GITHUB_ACTOR: ' \t' }, system, 'ada'],
  [{ TWILIO_ORG_ACTOR: '  Grace\u001b[2J\r\n Hopper\u202e ' }, system, 'Grace [2J Hopper'],
  [{ TWILIO_ORG_ACTOR: 'x'.repeat(5000) }, system, 'x'.repeat(200)],
  [{}, nobody, 'unknown'],
  [{ TWILIO_ORG_ACTOR: '\u0000' }, () => ({ username: '' }), 'unknown'],
])('the actor from %j is one plain line and never empty', (env, userInfo, actor) => {
  expect(actorOf(env, userInfo)).toBe(actor);
});
