/** The number of entries in a complete listing. */
export interface ListingSizes {
  users?: number;
  assignments?: number;
}

/** Compares a complete listing with the one before; throws `guard` when it has lost most of its entries. */
export type CheckListing = (sizes: ListingSizes) => Promise<void>;
