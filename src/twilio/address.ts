/** The address in the form in which it is sent and compared: composed letters, so that there is one spelling of it. */
export function composedAddress(text: string): string {
  return text.normalize('NFC');
}

/** The same for all spellings of an address: user names are compared in any case (RFC 7643, section 4.1.1). */
export function addressKey(address: string): string {
  return composedAddress(address).toLowerCase();
}
