import type { ScopeNames } from '../../../cli/output/scope-names.ts';
import { placeColumns } from '../../../cli/output/views.ts';
import type { Column } from '../../../platform/terminal/view.ts';

/** A role in a place, which one of two sides has. */
interface Grant {
  role_name: string | null;
  role_sid: string;
  scope: string;
  resource_type: string | null;
  resource_id: string | null;
}

/** The words for a role and its place. */
export function grantColumns(scopes: ScopeNames): Column<Grant>[] {
  return [
    { heading: 'Role', value: ({ role_name, role_sid }) => role_name ?? role_sid },
    ...placeColumns(scopes),
  ];
}
