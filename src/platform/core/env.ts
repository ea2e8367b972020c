type Variables = Readonly<Record<string, string | undefined>>;

/** True when a switch variable is on: `0`, `false`, `no`, `off` and an empty value are off. */
export function isOn(value: string | undefined): boolean {
  return Boolean(value) && !/^(?:0|false|no|off|n)$/i.test(value?.trim() ?? '');
}

/** The reason why prompts are off although there may be a terminal; undefined when they are on. */
export function whySilent(env: Variables, noInput: boolean | undefined): string | undefined {
  if (noInput) return '--no-input forbids asking';
  if (isOn(env.TWILIO_ORG_NO_INPUT)) return 'TWILIO_ORG_NO_INPUT forbids asking';
  // Some CI jobs have a terminal without a person.
  return isOn(env.CI) ? 'CI is set, so no questions are asked (CI=false allows them)' : undefined;
}
export type Env = Readonly<Record<string, string | undefined>>;
