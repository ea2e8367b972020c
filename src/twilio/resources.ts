/** The members of a role assignment that limit it to one resource. */
interface ResourceMembers {
  resource_type?: string | null | undefined;
  resource_id?: string | null | undefined;
}

/** `billing_group bg_1`; empty for an assignment that covers its whole scope. */
export function resourceInWords({ resource_type, resource_id }: ResourceMembers): string {
  if (!resource_type && !resource_id) return '';
  return [resource_type, resource_id].filter(Boolean).join(' ');
}

/** The same with the end of a long id alone, for where there is no room. */
export function shortResourceInWords({ resource_type, resource_id }: ResourceMembers): string {
  return resourceInWords({ resource_type, resource_id: resource_id?.replace(/^.{8,}(.{6})$/su, '…$1') });
}
