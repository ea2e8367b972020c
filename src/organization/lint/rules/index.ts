import type { Rule } from '../rule.ts';
import { duplicateRole } from './duplicate-role.ts';
import { fewAdmins } from './few-admins.ts';
import { foreignAddress } from './foreign-address.ts';
import { inactiveWithRoles } from './inactive-with-roles.ts';
import { manyAdmins } from './many-admins.ts';
import { manyRoles } from './many-roles.ts';
import { noGuards } from './no-guards.ts';
import { separationOfDuties } from './separation-of-duties.ts';
import { expiredSuppression, unusedSuppression } from './suppressions.ts';
import { unknownRole } from './unknown-role.ts';
import { unmanagedIdentity } from './unmanaged-identity.ts';
import { widerThanOthers } from './wider-than-others.ts';

/** Every built-in rule, in the order of its findings. */
export const builtInRules: readonly Rule[] = [
  fewAdmins,
  manyAdmins,
  separationOfDuties,
  inactiveWithRoles,
  unmanagedIdentity,
  unknownRole,
  duplicateRole,
  widerThanOthers,
  manyRoles,
  foreignAddress,
  noGuards,
  expiredSuppression,
  unusedSuppression,
];
