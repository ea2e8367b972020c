import type { Send } from '../../twilio/client.ts';
import type { Mutation } from '../../twilio/mutation.ts';

/** The API as the profile or the environment reaches it. */
export interface Api {
  send: Send;
  /** Its origin. */
  url: string;
  /** Makes a change once, and looks whether it took effect when no answer says so. */
  write<T>(write: Mutation<T>): Promise<T>;
}
