import packageJson from '../../package.json' with { type: 'json' };

/** `User-Agent` of every request (RFC 9110, section 10.1.5). */
export const userAgent = `twilio-org/${packageJson.version}`;
