interface ErrorDefinition {
  status: number;
  message: string;
  /** RFC 7644, section 3.12. */
  scimType?: string;
}

/**
 * Twilio's codes with the status and text that the sandbox gives them. Where Twilio documents no status, it is the nearest in meaning.
 *
 * No request causes 25019, because Twilio does not publish its rules. These need help from outside: 25018, 25105 and 25107 (`issueToken`
 * with another organization), 25012 and 25013 (`state.emailFixed`, which contains one seeded user), 25007 (`state.userLimit`) and 25023
 * (a page token that was changed or is an hour old).
 */
const definitions = {
  20001: { status: 400, message: 'Invalid request' },
  20003: { status: 403, message: 'Authorization denied' },
  20404: { status: 404, message: 'The requested resource was not found' },
  20429: { status: 429, message: 'Too many requests' },
  20500: { status: 500, message: 'An internal server error has occurred' },
  20503: { status: 503, message: 'Service unavailable' },
  25001: { status: 400, message: 'Filter is not supported', scimType: 'invalidFilter' },
  25002: { status: 400, message: 'First name is invalid', scimType: 'invalidValue' },
  25003: { status: 400, message: 'Last name is invalid', scimType: 'invalidValue' },
  25004: { status: 400, message: 'External id is invalid', scimType: 'invalidValue' },
  25005: { status: 400, message: 'User name is missing or invalid', scimType: 'invalidValue' },
  25006: { status: 400, message: 'Request is not valid SCIM', scimType: 'invalidSyntax' },
  25007: { status: 400, message: 'Limit of managed users reached' },
  25008: { status: 404, message: 'User not found' },
  25009: { status: 400, message: "User's status does not allow the change" },
  25010: { status: 400, message: 'Primary e-mail is missing', scimType: 'invalidValue' },
  25011: { status: 400, message: 'Primary e-mail is invalid', scimType: 'invalidValue' },
  25012: { status: 400, message: 'Changing the e-mail is not allowed', scimType: 'mutability' },
  25013: { status: 400, message: 'Changing the user name is not allowed', scimType: 'mutability' },
  25014: { status: 400, message: 'User name and primary e-mail differ', scimType: 'invalidValue' },
  25015: { status: 400, message: 'Patch is not valid', scimType: 'invalidSyntax' },
  25016: { status: 403, message: 'The Organization Owner cannot be changed' },
  25017: {
    status: 400,
    message: 'E-mail domain is not verified for the organization',
    scimType: 'invalidValue',
  },
  25018: { status: 403, message: 'Not authorized for this organization' },
  25020: { status: 412, message: 'Version conflict' },
  25021: { status: 429, message: 'Too many requests' },
  25022: { status: 409, message: 'User name or external id exists', scimType: 'uniqueness' },
  25023: { status: 400, message: 'Page token is invalid or expired' },
  25100: { status: 404, message: 'Organization not found' },
  25101: { status: 404, message: 'Account not found' },
  25105: { status: 403, message: 'Not authorized for this organization' },
  25106: { status: 409, message: 'Request violates a rule of role assignments' },
  25107: { status: 403, message: 'Not authorized for this organization' },
  25109: { status: 429, message: 'Too many requests' },
  25200: { status: 400, message: 'Scope must be an account managed by the organization' },
  25201: { status: 400, message: 'Identity must be a managed user' },
  25202: { status: 400, message: 'Role is not valid here' },
  25203: { status: 400, message: 'Listing role assignments needs a filter by Identity or Scope' },
} as const satisfies Record<number, ErrorDefinition>;

export type ErrorCode = keyof typeof definitions;

/** Thrown to refuse a request. The server turns it into the error format of the path. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;

  constructor(
    code: ErrorCode,
    message: string = definitions[code].message,
    status: number = definitions[code].status,
  ) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The error with another status, if the settings of the sandbox name one for its code. */
export function withConfiguredStatus(
  error: ApiError,
  statuses: Readonly<Partial<Record<ErrorCode, number>>>,
): ApiError {
  const status = statuses[error.code];
  return status === undefined ? error : new ApiError(error.code, error.message, status);
}

/** The response to a refused request: in SCIM's format (RFC 7644, section 3.12) below /scim/, in Twilio's own everywhere else. */
export function errorResponse(path: string, { code, message, status }: ApiError): Response {
  const page = `https://www.twilio.com/docs/errors/${code}`;
  if (!path.startsWith('/scim/'))
    return Response.json({ code, message, more_info: page, status }, { status });
  const { scimType }: ErrorDefinition = definitions[code];
  const body = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    detail: message,
    status: String(status),
    code,
    ...(scimType === undefined ? {} : { scimType }),
    moreInfo: page,
  };
  return Response.json(body, { status, headers: { 'content-type': 'application/scim+json' } });
}
