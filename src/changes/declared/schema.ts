import { groupPrefix } from './model.ts';

/** A text. A number counts as the text that stands in the file. */
const text = { type: ['string', 'number'], pattern: '\\S' };

const user = 'US[0-9a-fA-F]{32}|external:.+|[^\\s@:]+@[^\\s@]+';

const userForms = 'A user by e-mail address, SID (US…) or external:ID.';

const day = {
  type: 'string',
  pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
  format: 'date',
};

const because = {
  ...text,
  description: 'The reason, which plans and reports show, such as the number of a ticket.',
};

const where = 'An account by its name or SID (AC…), or org for the whole organization.';

const role = 'A role by its name or SID (IX…).';

const everything = {
  const: true,
  description: 'The file decides every role in every scope. Only one file may.',
};

const pair = {
  type: 'object',
  description: 'A scope, and the roles in it that the file decides.',
  additionalProperties: false,
  required: ['scope', 'roles'],
  properties: {
    scope: { ...text, description: where },
    roles: { type: 'array', minItems: 1, items: { ...text, description: role } },
  },
};

const ownsEverything = {
  type: 'object',
  additionalProperties: false,
  required: ['everything'],
  properties: { everything },
};

const entry = {
  type: 'object',
  description: 'One person or group, with one role in one scope.',
  additionalProperties: false,
  required: ['who', 'role', 'where'],
  properties: {
    who: {
      type: 'string',
      pattern: `^\\s*(${user}|${groupPrefix}\\s*\\S.*)\\s*$`,
      description: 'A user by e-mail address, SID (US…) or external:ID, or group:NAME.',
    },
    role: { ...text, description: role },
    where: { ...text, description: where },
    resource: {
      type: 'string',
      pattern: '^\\s*[^/]*[^/\\s]\\s*/\\s*\\S',
      description: 'The one resource that the role is for: its type and id, such as billing_group/bg_1.',
    },
    from: { ...day, description: 'The first day of the access.' },
    until: { ...day, description: 'The last day of the access.' },
    because,
  },
};

/** The files of declared access as a JSON schema of draft 7, which the YAML plugins of editors read. */
export const declaredAccessSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Declared access of a Twilio organization',
  // An empty file is null.
  type: ['object', 'null'],
  additionalProperties: false,
  dependencies: {
    owns: ['access'],
    everything: ['access'],
    access: { anyOf: [{ required: ['owns'] }, { required: ['everything'] }] },
  },
  properties: {
    timezone: {
      type: 'string',
      pattern: '^\\s*[A-Za-z]',
      description: 'The IANA time zone in which days begin and end, such as Europe/Berlin. Default: UTC.',
    },
    owns: {
      description: 'The pairs of scope and role that the file decides. All others are never changed.',
      anyOf: [{ type: 'array', minItems: 1, items: { anyOf: [pair, ownsEverything] } }, pair, ownsEverything],
    },
    everything,
    groups: {
      type: 'object',
      description: 'People by the name of a group. Entries of every file of the directory can name it.',
      propertyNames: {
        pattern: `^(?!\\s*${groupPrefix})[^\\x00-\\x1f\\x7f]*[^\\x00-\\x20\\x7f][^\\x00-\\x1f\\x7f]*$`,
      },
      additionalProperties: {
        type: 'array',
        items: { type: 'string', pattern: `^\\s*(${user})\\s*$`, description: userForms },
      },
    },
    access: {
      type: 'array',
      description: 'The people who have the roles. An empty list says that nobody has them.',
      items: entry,
    },
    allow_removals: {
      type: 'object',
      description: 'Raises the limit of removals for a planned clean-up.',
      additionalProperties: false,
      required: ['count', 'until', 'because'],
      properties: {
        count: { type: 'integer', minimum: 1, description: 'The most removals of one run.' },
        until: { ...day, description: 'The last day on which the limit is raised.' },
        because,
      },
    },
  },
} as const;
