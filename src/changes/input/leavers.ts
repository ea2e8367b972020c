import { plainTitle } from './slips.ts';

/** A yes in these columns means that somebody is gone, or may not sign in: the opposite of `active`. */
const opposite =
  /^(is|has|was)?(the)?(user|account|employee|employment|login|signin|access)?(is|has|was)?(inactive|nonactive|notactive|unactive|deactivated|disabled|notenabled|suspended|terminated|archived|deleted|deprovisioned|blocked|locked|lockedout|left|gone|offboarded|removed|revoked|retired|resigned|dismissed|departed|separated|former|ex|leaver|closed|expired|ended|banned|barred|frozen)(user|account|employee|employment|login|signin|access|flag|(the)?(company|organi[sz]ation|firm))?$|^block(signin|login|user|account|access)?$/;
/** Columns with a date for those who are gone, or will be. */
const end =
  /^(the)?(user|account|employee|employment|contract|access|work)?(end|ends|ended|left|leave|leaving|leaver|exit|quit|termination|terminated|separation|departure|resignation|retirement|offboarding|offboarded|deactivation|deactivated|deprovisioned|suspension|suspended|disabled|archived|deleted|deletion|expiry|expires|expiration|lastworking|lastemployment)(on|at|date|day|time|datetime|timestamp)$|^(date)(of)?(leaving|exit|termination|separation|departure|resignation|end|left)$|^(contract|employment|access|account)?(ends?|expires|expiry|validuntil|validto|termination|exit|leaving)$|^lastday(of(work|employment|contract))?$/;
/** Columns with the state of somebody, such as Status. */
const state =
  /(?<!marital|visa|licen[cs]e|vaccination)status$|^(user|account|employee|employment|lifecycle)state$/;
/** A no in these columns means that somebody is gone. */
const present =
  /^(is)?(still)?(user|account|employee|login|signin|access)?(is)?(active|enabled|employed|current|allowed)$/;
const here =
  /^(active|enabled|current|employed|hired|member|provisioned|yes|y|true|1|ok|(full|part)time|permanent|regular|contractor|freelance|intern|trainee)$/;
const gone =
  /^(left|gone|inactive|deactivated|disabled|suspended|terminated|archived|deleted|deprovisioned|blocked|offboarded|removed|resigned|retired|dismissed|departed|former|leaver)$/;
const no = /^(no|n|false|0|never)$/;

function plainWithoutBrackets(title: string): string {
  return plainTitle(title.replace(/\[[^\]]*\]|\([^)]*\)/g, ' '));
}

/** True for a title whose yes means no to `active`. */
export function isOppositeOfActive(title: string): boolean {
  return [title, title.replace(/\[[^\]]*\]|\([^)]*\)/g, ' ')].some((each) => opposite.test(plainTitle(each)));
}

/**
 * The sign that somebody has left, in a column that the import skips: creating them, or giving them roles, would let
 * them in again. Resolves to the name that the column is read as, or to `date`, which can't be read as a state.
 *
 * @param today as YYYY-MM-DD; without it, every date counts as over
 */
export function signOfLeaving(
  title: string,
  text: string,
  today?: string,
): 'active' | 'disabled' | 'date' | undefined {
  const [column, value] = [plainWithoutBrackets(title), plainTitle(text)];
  if (value === '') return undefined;
  const day = dayOf(text);
  if (day !== undefined) {
    const isEnd = end.test(column) || isOppositeOfActive(title);
    return isEnd && (today === undefined || day < today.slice(0, day.length + 1)) ? 'date' : undefined;
  }
  if (isOppositeOfActive(title) || (end.test(column) && !/date|day|time/.test(column))) {
    return no.test(value) ? undefined : 'disabled';
  }
  if (end.test(column)) return no.test(value) ? undefined : 'date';
  if (present.test(column)) return no.test(value) || gone.test(value) ? 'active' : undefined;
  if (state.test(column)) return here.test(value) ? undefined : 'active';
  return column === 'state' && gone.test(value) ? 'active' : undefined;
}

/** The day of a date, or its year where the order of day and month is not known. */
function dayOf(text: string): string | undefined {
  const iso = /^(\d{4}-\d{2}-\d{2})(?!\d)/.exec(text.trim())?.[1];
  if (iso !== undefined) return iso;
  return (
    /^\d{1,2}[./-]\d{1,2}[./-](\d{4})(?!\d)/.exec(text.trim())?.[1] ?? /^(\d{4})[./]\d/.exec(text.trim())?.[1]
  );
}
