/** One request over HTTP. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path with its query, from the root of the daemon. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  /** In milliseconds, when the answer says how long to wait. */
  readonly retryAfterMs?: number | undefined;
  readonly text: string;
}

/** What is told about a socket, in this order: `onOpen`, messages, then `onClose` exactly once, also when it never opened. */
export interface SocketListener {
  readonly onOpen: () => void;
  readonly onMessage: (data: string | Uint8Array) => void;
  readonly onClose: (end: { readonly code: number; readonly reason: string; readonly error?: unknown }) => void;
}

/** A WebSocket, as far as it is needed. */
export interface Socket {
  send(data: string | Uint8Array): void;
  /** Ends it at once, without waiting for the other side. */
  terminate(): void;
  /** Ends it in good manners. */
  close(code: number, reason: string): void;
}

/** How a socket is opened. */
export interface SocketRequest {
  readonly protocol: string;
  /** Sent as a header where that is possible, see {@link Platform.headers}. */
  readonly token: string;
  readonly listener: SocketListener;
}

/** What Node and a browser do differently. */
export interface Platform {
  /** Whether an upgrade request can carry a header: in a browser it cannot, so the stream is opened with a ticket. */
  readonly headers: boolean;
  request(request: HttpRequest): Promise<HttpAnswer>;
  openSocket(request: SocketRequest): Socket;
  /** Frees what is kept open between requests. Idempotent. */
  close(): void;
}
