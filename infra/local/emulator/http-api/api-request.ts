/** A request to the API as it came over the wire, and what is answered. */

export interface ApiRequest {
  readonly method: string;
  /** Path and query as they were sent, nothing decoded. */
  readonly target: string;
  /** Names in lower case; repeated ones joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Never rejects. */
export type Api = (request: ApiRequest) => Promise<ApiResponse>;
