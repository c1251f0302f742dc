/** A planned event of the gateway. */
export interface GatewayPlannedEvent {
  readonly kind: string;
  /** When it begins, epoch milliseconds. */
  readonly fromMs: number;
}

/** How the process of a gateway is, as `GatewayStatus` of `@ibkit/gateway-process` tells it. */
export interface GatewayPortStatus {
  readonly phase: 'stopped' | 'starting' | 'login' | 'waiting2fa' | 'apiDown' | 'ready' | 'softRestart' | 'coldRestart' | 'stopping' | 'lockedOut';
  readonly sinceMs: number;
  readonly cause: string;
  readonly driver: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly serverVersion: number | undefined;
  readonly deadlineMs: number | undefined;
  readonly lockOut: string | undefined;
  readonly retryAtMs: number | undefined;
  readonly failedLogins: number;
  readonly restartsLastHour: number;
  readonly nextRestart: GatewayPlannedEvent | undefined;
  readonly nextLogin: GatewayPlannedEvent | undefined;
}

/** The process of a gateway: a `GatewayProcess` of `@ibkit/gateway-process`. Paths, commands and credentials are its own business. */
export interface GatewayPort {
  status(): GatewayPortStatus;
  start(options?: { readonly signal?: AbortSignal | undefined }): Promise<unknown>;
  stop(): Promise<void>;
  restart(options?: { readonly force?: boolean | undefined; readonly signal?: AbortSignal | undefined }): Promise<unknown>;
}
