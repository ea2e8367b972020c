/**
 * The members of Node's `Headers` and `Response` that the OAuth library uses for a token. A look at either of Node's own
 * loads `fetch` and HTTP/2 with it, which takes longer than the rest of a command, so the build gives the library these.
 */
export class Headers extends Map<string, string> {
  constructor(init: Readonly<Record<string, string>>) {
    super(Object.entries(init));
  }
}

/** A successful response in JSON. */
export class Response {
  readonly status = 200;
  readonly bodyUsed = false;
  readonly headers = new Headers({ 'content-type': 'application/json' });
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  async json(): Promise<unknown> {
    return JSON.parse(this.#text);
  }

  /** The library knows a response by it, so that it takes this one beside Node's own, too. */
  get [Symbol.toStringTag](): string {
    return 'Response';
  }
}
