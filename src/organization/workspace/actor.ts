import type { Env } from '../../platform/core/env.ts';

const maxLength = 200;

/**
 * Names the actor for journals and reports: the first of TWILIO_ORG_ACTOR, GITHUB_ACTOR and GITLAB_USER_LOGIN, or the
 * system's user. It is a claim, because the environment is free to choose.
 *
 * @param userInfo throws for a user that the system has no entry for, as in some containers
 */
export function actorOf(env: Env, userInfo: () => { username: string }): string {
  const named = [env.TWILIO_ORG_ACTOR, env.GITHUB_ACTOR, env.GITLAB_USER_LOGIN].map(cleaned).find(Boolean);
  return named ?? (systemUser(userInfo) || 'unknown');
}

function systemUser(userInfo: () => { username: string }): string {
  try {
    return cleaned(userInfo().username);
  } catch {
    return '';
  }
}

/** One line without control characters, because the name ends up in lists and reports. */
function cleaned(text = ''): string {
  const plain = text.replace(/[\s\p{C}]+/gu, ' ').trim();
  return Array.from(plain).slice(0, maxLength).join('');
}
