/** The file that `ibkit config init` writes: every value with its default, commented out. */
export const CONFIG_TEMPLATE = `; Configuration of ibkit. A line that begins with ; does nothing: take the ; away to set the value.
; Stronger than this file: .env in the working directory (never live mode or accounts), IBKIT_... variables, flags.
; ibkit config show says what holds and where it came from.

[connection]
; Where TWS or IB Gateway listens.
; host = 127.0.0.1
; The usual port of application and mode when it is left out: Gateway 4002 paper, 4001 live; TWS 7497, 7496.
; port = 4002
; The one client id that places orders. Read-only commands lease one from 100 to 131.
; client_id = 1
; paper or live
; trading_mode = paper
; gateway or tws
; application = gateway
; auto_reconnect = true
; Durations: 500ms, 30s, 2m, 24h, 7d
; connection_timeout = 30s
; request_timeout = 60s
; max_retries = 3
; retry_delay = 1s
; max_requests_per_second = 45

[account]
; The account to use when there are several, and always in live mode.
; account_id =
; Orders go to these alone.
; allowed_accounts =

[logging]
; debug, info, warn, error or silent
; log_level = info
; auto, json or pretty
; log_format = auto
; log_file =
; log_file_max_bytes = 10485760
; log_file_count = 5
; log_file_rotate_after = 24h
; log_file_keep_for = 7d
; Accounts and orders are hidden in logs unless you say so.
; log_accounts = false
; log_orders = false
; A line for every message to and from the gateway.
; log_all_messages = false

[gateway]
; The program that ibkit gateway start runs.
; gateway_path =
`;
