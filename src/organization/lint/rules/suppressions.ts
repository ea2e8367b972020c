import { defineRule } from '../rule.ts';

/** Suppressions are looked at after all other rules: the findings of these two come from there. */
const none = () => [];

export const expiredSuppression = defineRule({
  id: 'expired-suppression',
  summary: 'suppressions whose last day is over',
  help: 'It hides nothing any more. Fix what it was about, or decide again until when it is accepted.',
  severity: 'warning',
  check: none,
});

export const unusedSuppression = defineRule({
  id: 'unused-suppression',
  summary: 'suppressions that match nothing',
  help: 'What it was about is fixed, or its words no longer fit: names of people and roles change. Remove it, or correct it.',
  severity: 'warning',
  check: none,
});
