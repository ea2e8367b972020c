import type { Send } from '../../twilio/client.ts';
import type { Mutation } from '../../twilio/mutation.ts';

/** The API that the profile or the environment names. */
export interface Api {
  send: Send;
  /** The origin. */
  url: string;
  /** Makes a change once. When its response is lost, checks whether the change took effect. */
  write<T>(write: Mutation<T>): Promise<T>;
}
