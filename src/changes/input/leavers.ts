import { plainTitle } from './columns.ts';

/** Titles of columns that say whether somebody is still there. */
const state = /(?<!marital|visa|licen[cs]e|vaccination)status$|^(user|account|employee|lifecycle)state$/;
/** Titles of columns that have a value, or a yes, for those who are gone. */
const gone =
  /^(is)?(suspended|deactivated|disabled|terminated|archived|deleted|deprovisioned)$|^((date)?(of)?(termination|leaving|exit)(date)?|terminat(ed|ion)(on|at)|lastworkingday|lastdayofwork)$/;
const here =
  /^(active|enabled|current|employed|hired|member|provisioned|yes|y|true|1|ok|(full|part)time|permanent|regular|contractor|freelance|intern|trainee)$/;
const no = /^(no|n|false|0|never)$/;

/**
 * Recognises a person who has left, in a column that the import skips: creating them, or giving them roles, would let
 * them in again.
 */
export function saysSomebodyLeft(title: string, text: string): boolean {
  const [column, value] = [plainTitle(title.replace(/\[[^\]]*\]|\([^)]*\)/g, ' ')), plainTitle(text)];
  if (value === '') return false;
  return state.test(column) ? !here.test(value) : gone.test(column) && !no.test(value);
}
