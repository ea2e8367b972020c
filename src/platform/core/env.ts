type Variables = Readonly<Record<string, string | undefined>>;

/** True when a switch variable is on: `0`, `false`, `no`, `off` and an empty value are off. */
export function isOn(value: string | undefined): boolean {
  return Boolean(value) && !/^(?:0|false|no|off|n)$/i.test(value?.trim() ?? '');
}

/** Why nothing may be asked, although there may be a terminal; undefined where it may. */
export function whySilent(env: Variables, noInput: boolean | undefined): string | undefined {
  if (noInput) return '--no-input forbids asking';
  if (isOn(env.TWILIO_ORG_NO_INPUT)) return 'TWILIO_ORG_NO_INPUT forbids asking';
  // Some jobs have a terminal, at which nobody sits.
  return isOn(env.CI) ? 'CI is set, so no questions are asked (CI=false allows them)' : undefined;
}
export type Env = Readonly<Record<string, string | undefined>>;
