/** The number of entries in a complete listing. */
export interface ListingSizes {
  users?: number;
  assignments?: number;
}

/** The sizes of the complete listings that were read last. */
export interface ListingBaseline {
  /** As far as they are known. They choose between ways to read, so they may be old. */
  sizes(): Promise<ListingSizes>;
  /** Compares a complete listing with the one before; throws `guard` when it has lost most of its entries. */
  check(sizes: ListingSizes): Promise<void>;
}

/** Requests for single users, or for the roles of single users, that are sent at the same time. */
export const maxConcurrentReads = 8;

/** Up to this many users are looked up one by one where a list has lost most of its entries; for more, nothing is done. */
export const maxWithoutList = 5;
