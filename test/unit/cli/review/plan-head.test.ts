import { expect, test } from 'vitest';
import type { RunHeader } from '../../../../src/changes/runs/records.ts';
import type { Context } from '../../../../src/cli/context.ts';
import {
  checkPlanTarget,
  mustEqual,
  newPlanHeader,
  unboundPlanHeader,
} from '../../../../src/cli/review/plan-head.ts';
import { planHeader, sid } from '../../../support/plans.ts';

const organization = sid('OR', 1);

interface Login {
  source?: string;
  profileName?: string;
  apiUrl?: string;
  organizationSid?: string | undefined;
  organizationFrom?: string;
}

/** The context of a login, with the number of times that its token was needed. */
function contextOf(login: Login = {}) {
  const settings = {
    source: 'profile',
    profileName: 'default',
    apiUrl: planHeader.api_url,
    organizationSid: organization as string | undefined,
    organizationFrom: 'profile',
    ...login,
  };
  let tokens = 0;
  const ctx = {
    commandLine: 'twilio-org users deactivate ada@example.com',
    verb: 'users deactivate',
    version: '1.2.3',
    runtime: { env: { TWILIO_ORG_ACTOR: 'grace@example.com' } },
    settings: async () => settings,
    identity: async () => {
      tokens += 1;
      return { ...settings, clientId: 'OQ1' };
    },
  } as unknown as Context;
  return { ctx, tokens: () => tokens };
}

const head: RunHeader = {
  ...planHeader,
  type: 'run',
  version: 1,
  run: '20260314-091500000-0001',
  planned_at: '2026-03-14T09:15:00.000Z',
};

test.each<[name: string, planned: Partial<RunHeader>, login: Login]>([
  ['the same login', {}, {}],
  [
    'credentials from the environment, by their source',
    { profile: 'TWILIO_ORG_ACCESS_TOKEN' },
    { source: 'TWILIO_ORG_ACCESS_TOKEN' },
  ],
  [
    'a plan without an organization, where the token alone names one',
    { organization_sid: null },
    { organizationFrom: 'token' },
  ],
  [
    'a plan without an organization, where there is none',
    { organization_sid: null },
    { organizationSid: undefined },
  ],
])('a plan is accepted for %s', async (_, planned, login) => {
  await expect(checkPlanTarget(contextOf(login).ctx, { ...head, ...planned })).resolves.toBeUndefined();
});

test.each<[name: string, planned: Partial<RunHeader>, login: Login, message: string, tokens: number]>([
  [
    'another profile',
    { profile: 'staging' },
    {},
    'This was planned for the profile staging, but the current one is default',
    0,
  ],
  [
    'the environment instead of the profile',
    {},
    { source: 'TWILIO_ORG_ACCESS_TOKEN' },
    'This was planned for the profile default, but the current one is TWILIO_ORG_ACCESS_TOKEN',
    0,
  ],
  [
    'another API',
    {},
    { apiUrl: 'http://127.0.0.1:2' },
    'This was planned for the API at http://127.0.0.1:1, but the current one is http://127.0.0.1:2',
    0,
  ],
  [
    'another organization',
    {},
    { organizationSid: sid('OR', 2) },
    `This was planned for the organization ${organization}, but the current one is ${sid('OR', 2)}`,
    1,
  ],
  [
    'another organization, which the token names',
    {},
    { organizationSid: sid('OR', 2), organizationFrom: 'token' },
    `This was planned for the organization ${organization}, but the current one is ${sid('OR', 2)}`,
    1,
  ],
  [
    'an unknown organization',
    {},
    { organizationSid: undefined },
    `This was planned for the organization ${organization}, but the current one is unknown`,
    1,
  ],
  [
    'an organization, where the plan has none',
    { organization_sid: null },
    {},
    `This was planned for the organization unknown, but the current one is ${organization}`,
    1,
  ],
])('a plan is refused for %s', async (_, planned, login, message, tokens) => {
  const context = contextOf(login);
  await expect(checkPlanTarget(context.ctx, { ...head, ...planned })).rejects.toMatchObject({
    kind: 'usage',
    message,
    hint: 'Use the same --profile or variables as when it was planned',
  });
  expect(context.tokens()).toBe(tokens);
});

test.each([
  ['a', 'a'],
  [null, null],
])('%j equals %j', (planned, here) => {
  expect(() => mustEqual('profile', planned, here)).not.toThrow();
});

test('a header names the command, the person, the program, the app and the organization', async () => {
  expect(await newPlanHeader(contextOf().ctx, ['id', 'userName'], 'changed')).toEqual({
    command: 'twilio-org users deactivate ada@example.com',
    verb: 'users deactivate',
    actor: 'grace@example.com',
    program: '1.2.3',
    profile: 'default',
    organization_sid: organization,
    api_url: planHeader.api_url,
    columns: ['id', 'userName'],
    client_id: 'OQ1',
    done: 'changed',
  });
});

test('a header leaves out what is unknown', async () => {
  const context = contextOf({ source: 'TWILIO_ORG_ACCESS_TOKEN', organizationSid: undefined });
  const ctx = Object.assign(context.ctx, {
    identity: async () => ({ source: 'TWILIO_ORG_ACCESS_TOKEN', apiUrl: planHeader.api_url }),
  });
  const made = await newPlanHeader(ctx, ['id']);
  expect(made).toMatchObject({ profile: 'TWILIO_ORG_ACCESS_TOKEN', organization_sid: null });
  expect(made).not.toHaveProperty('done');
});

test('the header of a plan that is only shown needs no token', async () => {
  const context = contextOf({ source: 'TWILIO_ORG_ACCESS_TOKEN', organizationSid: undefined });
  expect(await unboundPlanHeader(context.ctx, ['email'])).toEqual({
    command: 'twilio-org users deactivate ada@example.com',
    profile: 'TWILIO_ORG_ACCESS_TOKEN',
    organization_sid: null,
    api_url: planHeader.api_url,
    columns: ['email'],
  });
  expect(context.tokens()).toBe(0);
});
