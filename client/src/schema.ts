// Written by `npm run docs` from openapi.json.

export interface paths {
    "/api/v1/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List actions */
        get: {
            parameters: {
                query?: {
                    /** @description Only actions that the caller may run. */
                    executable_with_current_access?: boolean;
                    pack_ref?: string;
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    /** @description Part of ref, label or description. */
                    q?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ActionSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        /**
         * Make an action by hand
         * @description An action is code that workers run: whoever makes one runs code. It may act only with permission sets whose grants the caller holds.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateAction"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ActionDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions/{action_ref}/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the rules that run an action */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    action_ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an action */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ActionDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        /**
         * Change an action
         * @description What is not given, or null, stays; `{"op": "clear"}` clears. Registering the pack of an action again brings back what its file says.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateAction"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ActionDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        /**
         * Delete an action
         * @description Rules and executions keep its ref.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search actions */
        get: {
            parameters: {
                query?: {
                    /** @description Refs of packs, separated by commas. */
                    packs?: string;
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    /** @description Part of ref, label or description. */
                    q?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ActionHit"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List alerts, open ones first
         * @description One alert for each kind of trouble, counted as often as it is seen. Cleared when it is well again.
         */
        get: {
            parameters: {
                query?: {
                    category?: string;
                    open?: "true" | "false";
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    severity?: "info" | "warning" | "error" | "critical";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Alert"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was done, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Id of the identity. */
                    actor_identity?: number;
                    /** @description Part of the login, in whatever case. */
                    actor_login?: string;
                    category?: "api" | "auth" | "rbac" | "secret" | "admin" | "execution" | "pack";
                    /** @description From this moment on. */
                    created_after?: string;
                    /** @description Before this moment. */
                    created_before?: string;
                    /** @description admin.identity.created, api.get.denied, … */
                    event_type?: string;
                    /** @description GET, POST, … */
                    http_method?: string;
                    /** @description Part of the path, in whatever case. */
                    http_path?: string;
                    http_status?: number;
                    /** @description Without effect: totals are always there. */
                    include_total?: boolean;
                    outcome?: "success" | "failure" | "denied";
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    request_id?: string;
                    /** @description Id of the resource. */
                    resource_id?: number;
                    /** @description Ref of the resource. */
                    resource_ref?: string;
                    /** @description identity, permission_set, execution, … */
                    resource_type?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["AuditEventSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A row of the audit log */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the audit event. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["AuditEvent"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-events/by-request/{request_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What one request did, in its order
         * @description The first 1000 rows.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    request_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["AuditEvent"][];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-events/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was done, oldest first, one JSON document per line
         * @description Every row that the filter names up to now, without pages.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Id of the identity. */
                    actor_identity?: number;
                    /** @description Part of the login, in whatever case. */
                    actor_login?: string;
                    category?: "api" | "auth" | "rbac" | "secret" | "admin" | "execution" | "pack";
                    /** @description From this moment on. */
                    created_after?: string;
                    /** @description Before this moment. */
                    created_before?: string;
                    /** @description admin.identity.created, api.get.denied, … */
                    event_type?: string;
                    /** @description GET, POST, … */
                    http_method?: string;
                    /** @description Part of the path, in whatever case. */
                    http_path?: string;
                    http_status?: number;
                    outcome?: "success" | "failure" | "denied";
                    request_id?: string;
                    /** @description Id of the resource. */
                    resource_id?: number;
                    /** @description Ref of the resource. */
                    resource_ref?: string;
                    /** @description identity, permission_set, execution, … */
                    resource_type?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description One per line. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": components["schemas"]["AuditEvent"];
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Renew the token of a sensor
         * @description The same sensor, the same triggers, valid as long as before. Refused when the sensor is gone or disabled, and when who asked for the token may not change the sensor any more.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: date-time */
                            expires_at: string;
                            token: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages that nobody could handle, newest first */
        get: {
            parameters: {
                query?: {
                    correlation_id?: string;
                    /** @description Made after this moment. */
                    created_after?: string;
                    /** @description Made before this moment. */
                    created_before?: string;
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    /** @description Name of the queue that it was put aside from. */
                    queue?: string;
                    reason?: "refused" | "exhausted" | "malformed" | "rejected" | "expired" | "maxlen" | "delivery_limit";
                    /** @description Default: open. */
                    status?: "open" | "replayed" | "discarded" | "all";
                    /** @description Type of the message. */
                    type?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["DeadLetterSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A dead letter with its payload and the error */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the dead letter. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["DeadLetter"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/{id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a dead letter up */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the dead letter. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["DeadLetter"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring a dead letter on its way again
         * @description The message is said anew, to the queues that take it. Where its execution has ended, a further attempt is made instead.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the dead letter. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["DeadLetter"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give the dead letters of a filter up
         * @description The oldest 1000 open letters that match, and no more, are resolved by one call.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description All of it must match. */
                        filter: {
                            /** Format: uuid */
                            correlation_id?: string;
                            /**
                             * Format: date-time
                             * @description Made after this moment.
                             */
                            created_after?: string;
                            /**
                             * Format: date-time
                             * @description Made before this moment.
                             */
                            created_before?: string;
                            /** @description Name of the queue that it was put aside from. */
                            queue?: string;
                            /** @enum {string} */
                            reason?: "refused" | "exhausted" | "malformed" | "rejected" | "expired" | "maxlen" | "delivery_limit";
                            /** @description Type of the message. */
                            type?: string;
                        };
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["DeadLetterOutcome"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring the dead letters of a filter on their way again
         * @description The oldest 1000 open letters that match, and no more, are resolved by one call.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description All of it must match. */
                        filter: {
                            /** Format: uuid */
                            correlation_id?: string;
                            /**
                             * Format: date-time
                             * @description Made after this moment.
                             */
                            created_after?: string;
                            /**
                             * Format: date-time
                             * @description Made before this moment.
                             */
                            created_before?: string;
                            /** @description Name of the queue that it was put aside from. */
                            queue?: string;
                            /** @enum {string} */
                            reason?: "refused" | "exhausted" | "malformed" | "rejected" | "expired" | "maxlen" | "delivery_limit";
                            /** @description Type of the message. */
                            type?: string;
                        };
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["DeadLetterOutcome"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enforcements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Enforcements, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Id of the event. */
                    event?: number;
                    /** @description Without effect: totals are always there. */
                    include_total?: boolean;
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    /** @description Id of the rule. */
                    rule?: number;
                    rule_ref?: string;
                    status?: "created" | "processed" | "disabled";
                    trigger_ref?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["EnforcementSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enforcements/{enforcement_id}/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Executions of an enforcement, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    /** @description Id of the enforcement. */
                    enforcement_id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ExecutionSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enforcements/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An enforcement with its rendered parameters */
        get: {
            parameters: {
                query?: {
                    /** @description Secrets in the places of their markers; needs the permission decrypt. */
                    include_secret_values?: boolean;
                };
                header?: never;
                path: {
                    /** @description Id of the enforcement. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["EnforcementDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Events, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Made after this moment. */
                    created_after?: string;
                    /** @description Made before this moment. */
                    created_before?: string;
                    /** @description Without effect: totals are always there. */
                    include_total?: boolean;
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    /** @description `*` stands for any run of characters. */
                    rule_ref?: string;
                    /** @description Id of the sensor. */
                    source?: number;
                    /** @description Id of the trigger. */
                    trigger?: number;
                    /** @description `*` stands for any run of characters. */
                    trigger_ref?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["EventSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        /**
         * Emit an event
         * @description Sensors emit the triggers of their token, executions those of their pack, people with events:create what that allows. 200: the dedupe key was there before.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EventRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Event"];
                            message?: string;
                        };
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Event"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                413: components["responses"]["413"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An event, and what was decided about it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the event. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["EventDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{id}/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What became of an event, and why
         * @description The whole flow with its timings, and the reason wherever something did not happen. Sections that the caller may not read are left out and named in `withheld`.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the event. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Trace"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Emit up to 1000 events, all or none */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        events: components["schemas"]["EventRequest"][];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                /** Format: date-time */
                                created: string;
                                id: number;
                                /** @description The dedupe key was there before; this is the first event. */
                                repeated: boolean;
                                trigger_ref: string;
                            }[];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                413: components["responses"]["413"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Executions, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description `*` stands for any run of characters. */
                    action_ref?: string;
                    /** @description Made after this moment. */
                    created_after?: string;
                    /** @description Made before this moment. */
                    created_before?: string;
                    /** @description Id of the enforcement. */
                    enforcement?: number;
                    /** @description Id of the identity. */
                    executor?: number;
                    /** @description Without effect: totals are always there. */
                    include_total?: boolean;
                    /** @description Pack of the action. */
                    pack_name?: string;
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Id of the execution. */
                    parent?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    /** @description Part of the result as JSON text, in any case, of the newest 10 000 that match the rest. */
                    result_contains?: string;
                    /** @description `*` stands for any run of characters. */
                    rule_ref?: string;
                    status?: "requested" | "scheduling" | "scheduled" | "running" | "canceling" | "completed" | "failed" | "cancelled" | "timeout" | "abandoned";
                    /** @description Without those that another execution asked for. */
                    top_level_only?: boolean;
                    /** @description `*` stands for any run of characters. */
                    trigger_ref?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ExecutionSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An execution with its parameters and result */
        get: {
            parameters: {
                query?: {
                    /** @description Secrets in the places of their markers; needs the permission decrypt. */
                    include_secret_values?: boolean;
                };
                header?: never;
                path: {
                    /** @description Id of the execution. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ExecutionDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel an execution
         * @description What has not begun ends at once. What runs is `canceling` until its worker has stopped it; asked again, nothing changes.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the execution. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ExecutionDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/logs/{stream}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the output of an execution
         * @description Events: content (what is there), append (what comes), waiting, done, refused (the reader may not read on, and why). The id of an event is the offset to go on from: sent as Last-Event-ID, as browsers do by themselves, it counts more than `offset`. Line breaks in an event are all `
         *     ` and bytes that are no UTF-8 are replaced; with `raw` the data of content and append is the base64 of the very bytes.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Byte to begin at. Default 0. */
                    offset?: number;
                    /** @description Data of content and append is base64 of the bytes. Default false. */
                    raw?: boolean;
                    /** @description Each event holds what came at one time, and a comment `at MILLISECONDS` before it says when, where that is known: so stdout and stderr can be put in order. Default false. */
                    times?: boolean;
                };
                header?: never;
                path: {
                    /** @description Id of the execution. */
                    id: number;
                    stream: "stdout" | "stderr";
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A stream of events. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where an execution comes from, and why it is where it is
         * @description The whole flow with its timings, and the reason wherever something did not happen. Sections that the caller may not read are left out and named in `withheld`.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the execution. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Trace"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/execute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run an action
         * @description Asked for by an execution, the new one is its child. To run something again, ask again.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ExecutionRequest"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ExecutionDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                413: components["responses"]["413"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many executions there are in each status */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ExecutionStats"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/status/{status}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Executions in a status, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    /** @description In any case. */
                    status: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ExecutionSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List identities */
        get: {
            parameters: {
                query?: {
                    frozen?: boolean;
                    /** @description Exactly this login. */
                    login?: string;
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    /** @description Those with this role. */
                    role?: string;
                    /** @description Part of login or name, in whatever case. */
                    search?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                attributes: unknown;
                                display_name: string | null;
                                frozen: boolean;
                                id: number;
                                login: string;
                                roles: string[];
                            }[];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        /**
         * Create an identity
         * @description It has no permissions until it gets a role or a permission set, and without a password no login.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateIdentity"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["IdentityDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An identity with its roles and permission sets */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["IdentityDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        /**
         * Change an identity
         * @description What is not given or null stays. The password and the attributes of an identity that holds what you do not hold are changed only by who manages permissions.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateIdentity"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["IdentityDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        /**
         * Delete an identity
         * @description With its roles, permissions and tokens. Not your own, nor the last one that manages permissions.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{id}/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let an identity in no more */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{id}/integration-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the integration tokens of an account, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["IntegrationTokenDetail"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        /**
         * Make an integration token for an account
         * @description For another account than your own you must manage permissions, or hold everything that it may do. An execution has no account of its own: one of its permission sets must grant permissions:manage.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        description?: string | null;
                        expires_at?: string | null;
                        label: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["NewIntegrationToken"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{id}/integration-tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete an integration token */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                    /** @description Id of the integration token. */
                    token_id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{id}/integration-tokens/{token_id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End an integration token
         * @description Sessions that began with it end with it. Harmless when it was revoked before.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                    /** @description Id of the integration token. */
                    token_id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        reason?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["IntegrationTokenDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{id}/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The permission sets that are given to an identity itself */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SetOfIdentity"][];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{id}/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give an identity a role */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        role: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RoleOfIdentity"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sessions of an account, the one that was used last first */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SessionDetail"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        /**
         * End all sessions of an account
         * @description Taking access away needs no more than the grant. Whoever knows the password logs in again.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{id}/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a session of an account */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                    /** @description Id of the session. */
                    session_id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{id}/unfreeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a frozen identity in again */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/roles/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a role from an identity
         * @description By the id of the assignment. A role that an identity provider manages is taken there.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the identity role assignment. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Keys without their values, by ref */
        get: {
            parameters: {
                query?: {
                    /** @description Id or ref of the owner, or `system`. */
                    owner?: string;
                    owner_type?: "system" | "identity" | "pack" | "action" | "sensor";
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["KeySummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        /**
         * Create a key
         * @description It is encrypted unless `encrypted` is false. The answer has the value for whoever may decrypt it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateKey"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["KeyDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                409: components["responses"]["409"];
                413: components["responses"]["413"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A key with its value
         * @description The value of an encrypted key is null without the permission keys:decrypt.
         */
        get: {
            parameters: {
                query?: {
                    /** @description false: leave the value out, also where it may be seen. Default true. */
                    decrypt?: boolean;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["KeyDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        /**
         * Change a key
         * @description What is not given or null stays; ref and owner never change. To turn encryption off without a new value needs keys:decrypt.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateKey"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["KeyDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                413: components["responses"]["413"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        /** Delete a key */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/rotate-encryption": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Encrypt everything anew with the current encryption key
         * @description Works for some seconds and answers what is left: call again until `done`. It may be interrupted, repeated, and run in several processes at once. Afterwards the previous keys may be dropped.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["KeyRotation"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pack-indices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the indexes of packs, in the order in which they are asked */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackRegistryIndexDetail"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        /** Add an index of packs */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreatePackIndex"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackRegistryIndexDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pack-indices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change an index of packs
         * @description What is not given stays, except that an index whose URL moves to another origin loses its headers unless new ones are given.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the pack registry index. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdatePackIndex"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackRegistryIndexDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        /** Remove an index of packs; packs that were installed from it stay */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the pack registry index. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pack-indices/packs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Packs that the indexes list
         * @description Each pack in its highest version, from the first index that lists it. An index that cannot be read is left out.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Default false. */
                    include_disabled?: boolean;
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    /** @description Words in ref, label, description, use case or keywords. */
                    q?: string;
                    /** @description Id of the pack registry index. */
                    registry_id?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["IndexedPack"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pack-indices/packs/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A pack as the first index has it that lists it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["IndexedPack"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List packs */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        /**
         * Create a pack without files
         * @description A name for actions, triggers and rules that people make through the API.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreatePack"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TakenPack"];
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{pack_ref}/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the actions of a pack */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    pack_ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ActionSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{pack_ref}/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the rules of a pack */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    pack_ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{pack_ref}/runtimes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the runtimes of a pack */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    pack_ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuntimeSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{pack_ref}/sensors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the sensors of a pack */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    pack_ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{pack_ref}/triggers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the triggers of a pack */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    pack_ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["TriggerSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a pack
         * @description Defaults of conf_schema fill the gaps of the configuration; what the schema calls secret is left out.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        /**
         * Configure a pack
         * @description What is not given stays. What pack.yaml says of a pack with files is changed there. A pack that somebody else installed needs a grant that is constrained by owner, pack_refs, refs or ids.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdatePack"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TakenPack"];
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        /**
         * Delete a pack
         * @description Its actions, triggers, sensors, rules, runtimes and permission sets go along, and its directory in the packs folder; events and executions stay.
         */
        delete: {
            parameters: {
                query?: {
                    /** @description Also when it ships with the platform or other packs need it. Default false. */
                    force?: boolean;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{ref}/environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The environments of a pack on the disks of the workers
         * @description One for each runtime that its actions and sensors need and that it has a manifest for. The log is the end of what the commands said.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackEnvironment"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{ref}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run the tests of a pack
         * @description Runs them on the machine of the API, in a copy of the pack that is thrown away and without credentials. The answer comes when the last one has ended.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackTestResult"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{ref}/tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the test runs of a pack, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackTestExecution"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{ref}/tests/latest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last test run of a pack */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackTestExecution"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/build-envs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have the environments of packs built
         * @description Workers build behind the answer, which says how the environments are now; look at the environments of a pack to see them become ready or failed. What failed is tried again, what is ready stays unless a rebuild is forced.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Make them anew although their manifests have not changed. Default false. */
                        force_rebuild?: boolean;
                        /** @description Has no effect: the versions that actions ask for are built. */
                        nodejs_version?: unknown;
                        /** @description Directories of registered packs, or their refs. */
                        pack_paths?: string[];
                        pack_refs?: string[];
                        /** @description Has no effect: packs are where they were registered. */
                        packs_base_dir?: unknown;
                        /** @description Has no effect: the versions that actions ask for are built. */
                        python_version?: unknown;
                        /** @description Has no effect: what a pack has a manifest for is built. */
                        skip_nodejs?: unknown;
                        /** @description Has no effect: what a pack has a manifest for is built. */
                        skip_python?: unknown;
                        /** @description Has no effect: the limit is worker.environment_timeout of each worker. */
                        timeout?: unknown;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackBuildStates"];
                            warnings?: string[];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/dependencies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What packs in directories on the server need
         * @description Nothing is registered. A directory that is no pack is told of and does not keep the others back.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        pack_paths: string[];
                        /** @description Only list the needs; do not look whether they are met. Default false. */
                        skip_validation?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackAnalysis"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Fetch packs into a folder of the server, without registering them
         * @description What cannot be fetched is listed with the reason. Folders that are given by name are removed after a day.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name, or an absolute path below pack_registry.local_roots. */
                        destination_dir: string;
                        packs: string[];
                        ref_spec?: string | null;
                        registry_url?: string | null;
                        /** @description Seconds for each pack; at most pack_registry.timeout. */
                        timeout?: number;
                        /** @description Must be true: certificates are always verified. */
                        verify_ssl?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackDownloads"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/install": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Fetch a pack and register it
         * @description From an archive or a git repository by URL, from ref[@version] of an index, or from a path of the server. A pack that is there is replaced. Packs that it needs and that are not there are fetched from the indexes and registered before it: all of them or none.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        ref_spec?: string | null;
                        /** @description Do not fetch packs that it needs and that are not there; it is refused then. Default false. */
                        skip_deps?: boolean;
                        /** @description Do not run the tests of the pack. Default false. */
                        skip_tests?: boolean;
                        /** @description https://…, git@host:path, ref[@version], or an absolute path of the server. */
                        source: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["FetchedPack"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a pack from a directory on the server
         * @description Reads and checks every file first, then runs the tests that the pack brings; a problem anywhere leaves files and rows as they were.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Replace the pack if it is there, and register it also when its tests fail. Default false. */
                        force?: boolean;
                        /** @description A directory with a pack.yaml. */
                        path: string;
                        /** @description Do not run the tests of the pack. Default false. */
                        skip_tests?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TakenPack"];
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/register-batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register packs from several directories on the server
         * @description In the given order, each by itself. What is refused is listed with the reason.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Replace packs that are there. Default false. */
                        force?: boolean;
                        pack_paths: string[];
                        packs_base_dir?: string | null;
                        /** @description Do not run the tests of the packs. Default false. */
                        skip_tests?: boolean;
                        /** @description Must be false: packs are always validated. */
                        skip_validation?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PackBatch"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a pack from an archive
         * @description A zip or a gzip-compressed tar with pack.yaml at its top or in the one folder at its top. Nothing of it is run. Owners, times and modes but the executable bit are not kept.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "multipart/form-data": {
                        /** @description true replaces the pack if it is there. */
                        force?: string;
                        /**
                         * Format: binary
                         * @description The archive.
                         */
                        pack: string;
                        /** @description true does not run the tests of the pack. */
                        skip_tests?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["InstalledPack"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                409: components["responses"]["409"];
                415: components["responses"]["415"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permissions/assignments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give an identity a permission set
         * @description The identity by id or by login.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        identity_id?: number | null;
                        identity_login?: string | null;
                        permission_set_ref: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SetOfIdentity"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permissions/assignments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take a permission set from an identity */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the permission assignment. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permissions/sets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Permission sets with their grants and roles, by ref */
        get: {
            parameters: {
                query?: {
                    pack_ref?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PermissionSetDetail"][];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permissions/sets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change a permission set
         * @description Its grants are replaced. Whoever has the set has the new grants with their next request. A set that was changed is not overwritten when its pack is loaded again.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the permission set. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdatePermissionSet"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["PermissionSetDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permissions/sets/{id}/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a permission set to everybody with a role */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the permission set. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        role: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SetOfRole"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permissions/sets/roles/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a permission set from a role
         * @description By the id of the assignment.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the permission set role assignment. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List rules */
        get: {
            parameters: {
                query?: {
                    action_ref?: string;
                    enabled?: boolean;
                    pack_ref?: string;
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    trigger_ref?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        /**
         * Create a rule
         * @description It belongs to the caller, in whose name its executions run. Made by an execution, it belongs to the account that this runs as, within the permission sets of the execution.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateRule"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleDetail"];
                            message?: string;
                            /** @description What is odd, though it was taken. */
                            warnings?: string[];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a rule */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        /**
         * Change a rule
         * @description What is not given stays. Whoever changes when or what it runs becomes its owner: all but label and description, and disabling it.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateRule"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleDetail"];
                            message?: string;
                            /** @description What is odd, though it was taken. */
                            warnings?: string[];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        /**
         * Delete a rule
         * @description Its events, enforcements and executions stay.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/{ref}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Disable a rule */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/{ref}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enable a rule
         * @description Whoever enables a rule becomes its owner.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/{ref}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Why a rule fires or does not
         * @description Needs events:read too: it tells what was recorded about events.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Last events. Default 10. */
                    limit?: number;
                    /** @description How far back: a duration such as 7d, 12h, 30m or 90s, or a moment in RFC 3339. */
                    since?: string;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleAccount"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/{ref}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a rule does with an event or a payload
         * @description Nothing is stored and nothing runs. A stored event needs events:read.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description What is kept with the made-up event, such as `headers` and `query` of a webhook. */
                        config?: unknown;
                        /** @description Id of the event. */
                        event?: number;
                        /** @description Payload of a made-up event. */
                        payload?: unknown;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleTest"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/enabled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List enabled rules */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a changed rule would have done to stored events
         * @description Runs the rule over the events of its trigger and compares with what was recorded. What is not given is as in the rule of that ref. Needs events:read too, and rules:create where the rule is changed. `next` continues as `before`.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Id of the event. */
                        before?: number;
                        /** @description Default 1000. */
                        limit?: number;
                        rule: components["schemas"]["RuleDraft"];
                        /** @description How far back: a duration such as 7d, 12h, 30m or 90s, or a moment in RFC 3339. */
                        since?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RulePlan"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What an unsaved rule would do with an event or a payload
         * @description Nothing is stored and nothing runs. What is not given is as in the rule of that ref. Needs rules:create where the rule is changed, and events:read for a stored event.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description What is kept with the made-up event, such as `headers` and `query` of a webhook. */
                        config?: unknown;
                        /** @description Id of the event. */
                        event?: number;
                        /** @description Payload of a made-up event. */
                        payload?: unknown;
                        rule: components["schemas"]["RuleDraft"];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuleTest"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtimes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List runtimes */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuntimeSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        /**
         * Make a runtime by hand
         * @description It says which programs workers start: whoever makes one runs code.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateRuntime"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuntimeDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtimes/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a runtime */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuntimeDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        /**
         * Change a runtime
         * @description What is not given, or null, stays; `{"op": "clear"}` clears.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateRuntime"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["RuntimeDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        /**
         * Delete a runtime
         * @description The sensors that run by it go too. Actions that run by it keep it.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sensors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List sensors */
        get: {
            parameters: {
                query?: {
                    enabled?: boolean;
                    pack_ref?: string;
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        /**
         * Make a sensor by hand
         * @description A sensor is a program that sensor hosts run: whoever makes one runs code. Needs triggers:create for its pack and triggers:update for its trigger.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateSensor"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sensors/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a sensor */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        /**
         * Change a sensor
         * @description What is not given, or null, stays; `{"op": "clear"}` clears. Its process is started anew.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateSensor"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        /**
         * Delete a sensor
         * @description Its process is stopped. Triggers and events stay.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sensors/{ref}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Disable a sensor, which stops its process */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sensors/{ref}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Enable a sensor */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sensors/{ref}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tokens of a sensor that are valid, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorTokenDetail"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sensors/{ref}/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a token of a sensor
         * @description At once. A process that a host of ours runs gets another one with its next renewal or start.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                    /** @description Id of the sensor token. */
                    token_id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sensors/enabled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List enabled sensors */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List sweeps by name: who runs each, when it last ran, what it last did */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Sweep"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/topology": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether messages get where they belong
         * @description Exchanges, queues and bindings of the routing table, what the processes see of them, and what is wrong, with its remedy.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Topology"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List triggers */
        get: {
            parameters: {
                query?: {
                    enabled?: boolean;
                    pack_ref?: string;
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["TriggerSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        /** Make a trigger by hand */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateTrigger"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["TriggerDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a trigger */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["TriggerDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        /**
         * Change a trigger
         * @description What is not given, or null, stays; `{"op": "clear"}` clears.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateTrigger"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["TriggerDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        /**
         * Delete a trigger
         * @description Rules and events keep its ref; the log of its webhook goes.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers/{ref}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Disable a trigger */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["TriggerDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers/{ref}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Enable a trigger */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["TriggerDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers/{ref}/webhooks/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What protects the webhook of a trigger, without its secret */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ShownWebhookConfig"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        /**
         * Say what protects the webhook of a trigger besides its key
         * @description The whole configuration: what is not given is not demanded. The secret of `hmac` is stored encrypted, never shown, and stays when it is not given. A preset says how a known sender signs; of two secrets either is good while one replaces the other.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WebhookConfig"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ShownWebhookConfig"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers/{ref}/webhooks/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Calls of the webhook of a trigger, and what became of each
         * @description Newest first, let in or not. Neither bodies nor credentials are kept.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    /** @description Only those that were, or were not. */
                    refused?: boolean;
                    status_code?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["WebhookDelivery"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers/{ref}/webhooks/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Close the webhook of a trigger; its key is gone for good */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["TriggerDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers/{ref}/webhooks/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open the webhook of a trigger; a key that is there stays */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["TriggerDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers/{ref}/webhooks/regenerate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replace the key; the old one is dead at once */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["TriggerDetail"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers/{trigger_ref}/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the rules of a trigger
         * @description A sensor reads the rules of its own triggers here, with the defaults of the trigger filled in.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    trigger_ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ScheduledRule"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers/{trigger_ref}/sensors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the sensors that serve a trigger */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path: {
                    trigger_ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/triggers/enabled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List enabled triggers */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["TriggerSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{webhook_key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an event to a webhook
         * @description The key is the credential; the webhook may demand more. The body is read by its Content-Encoding (gzip, deflate, br), charset and type: JSON of any kind, a form, multipart/form-data (of files only what they are called, their type and size), text, XML as text, nothing; a JSON object or array under any type. An object with `payload` and no fields but `headers`, `source_ip`, `user_agent` is an envelope, unless the trigger says otherwise; anything else is the payload. Headers and the query string are kept with the event, without credentials.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    webhook_key: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Kept in config.headers of the event. */
                        headers?: unknown;
                        payload?: unknown;
                        /** @description Without effect: the connection tells. */
                        source_ip?: unknown;
                        /** @description Without effect: the header tells. */
                        user_agent?: unknown;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["WebhookReceipt"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                409: components["responses"]["409"];
                413: components["responses"]["413"];
                415: components["responses"]["415"];
                422: components["responses"]["422"];
                429: components["responses"]["429"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Workers by name, with what they do now */
        get: {
            parameters: {
                query?: {
                    /** @description true or false. */
                    cordoned?: string;
                    health_state?: "active" | "busy" | "cordoned" | "offline" | "error" | "inactive";
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                    role?: "action" | "sensor";
                    status?: "active" | "inactive" | "busy" | "error";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["WorkerSummary"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A worker, with what it does now */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the worker. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["WorkerSummary"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers/{id}/cordon": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a worker no new work
         * @description What it runs it ends; what waits for it goes on waiting or to others. The reason is told wherever the worker is passed over.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the worker. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        reason?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["WorkerSummary"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers/{id}/uncordon": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a worker work again */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the worker. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["WorkerSummary"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Come back from the identity provider
         * @description Sets the session as cookies and leads to /login/callback, whose fragment says where to go on. For the command line: a page that hands the session over.
         */
        get: {
            parameters: {
                query?: {
                    code?: string;
                    error?: string;
                    error_description?: string;
                    iss?: string;
                    session_state?: string;
                    state?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page for the command line. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": string;
                    };
                };
                /** @description Default Response */
                307: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                501: components["responses"]["501"];
                503: components["responses"]["503"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/change-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change your password
         * @description The session that does it goes on; every other one ends.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        current_password: string;
                        new_password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
                429: components["responses"]["429"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/internal/sensor-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a token for a sensor as its host
         * @description The header X-Agent-Token holds security.bootstrap_token. Hosts that know the shared secret sign tokens themselves.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        sensor_ref: string;
                        /** @description Narrows the triggers that the sensor serves. Default: all of them. */
                        trigger_types?: string[];
                        ttl_seconds?: number | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorToken"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/ldap/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in with the password of the directory */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        login: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Session"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                422: components["responses"]["422"];
                429: components["responses"]["429"];
                501: components["responses"]["501"];
                503: components["responses"]["503"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in with a password */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        login: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Session"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                422: components["responses"]["422"];
                429: components["responses"]["429"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Leave
         * @description Ends the session of the cookies, clears them and leads to the login page, or to that of the identity provider where the session began there.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                307: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        /**
         * End a session
         * @description That of the refresh token in the body, which may have been used, or of the cookies. Harmless when it has ended.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        refresh_token?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is logged in */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Profile"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        /**
         * Change your display name
         * @description Blank, null or left out clears it.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        display_name?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Profile"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/oidc/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Log in at the identity provider */
        get: {
            parameters: {
                query?: {
                    /** @description http URL on localhost where the command line waits. */
                    cli_redirect_uri?: string;
                    /** @description Local path to return to; begins with a single /. */
                    redirect_to?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                307: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: components["responses"]["400"];
                501: components["responses"]["501"];
                503: components["responses"]["503"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Renew a session
         * @description A new pair of tokens for a refresh token, which is good once: a second use ends the session. Without a body the token is that of the cookie attune_refresh_token, and the new pair is set as cookies too.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        refresh_token?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Session"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make an account for yourself
         * @description It holds no permissions. Only where security.allow_self_registration is on.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        display_name?: string | null;
                        login: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Session"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                403: components["responses"]["403"];
                409: components["responses"]["409"];
                422: components["responses"]["422"];
                429: components["responses"]["429"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sensor-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a token for a sensor
         * @description For who may change the sensor. It emits the events of the sensor and reads no keys, and ends when its requester is frozen, gone, or may not change the sensor any more.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        sensor_ref: string;
                        /** @description Narrows the triggers that the sensor serves. Default: all of them. */
                        trigger_types?: string[];
                        ttl_seconds?: number | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SensorToken"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
                422: components["responses"]["422"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your sessions, the one that was used last first */
        get: {
            parameters: {
                query?: {
                    /** @description Page, from 1. Default 1. */
                    page?: number;
                    /** @description Another name for per_page. */
                    page_size?: number;
                    /** @description Rows of a page, 1 to 1000. Default 50. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["SessionDetail"][];
                            pagination: components["schemas"]["Pagination"];
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        put?: never;
        post?: never;
        /**
         * End all of your sessions
         * @description The one that asks too.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a session of yours */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the session. */
                    session_id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: {
                                message: string;
                                success: boolean;
                            };
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                403: components["responses"]["403"];
                404: components["responses"]["404"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ways to log in */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["AuthSettings"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/token-login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in with an integration token */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        token: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Session"];
                            message?: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                401: components["responses"]["401"];
                422: components["responses"]["422"];
                429: components["responses"]["429"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether it answers */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string} */
                            status: "ok";
                        };
                    };
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/detailed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Version and database */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            database: string;
                            status: string;
                            version: string;
                        };
                    };
                };
                400: components["responses"]["400"];
                /** @description Default Response */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string} */
                            database: "disconnected";
                            error: string;
                            /** @enum {string} */
                            status: "error";
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether it lives */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string} */
                            status: "ok";
                        };
                    };
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether it can take work */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description What somebody should know all the same. */
                            notes?: string[];
                            /** @enum {string} */
                            status: "ok";
                        };
                    };
                };
                400: components["responses"]["400"];
                /** @description Default Response */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description What is wrong, by the name of the check. */
                            reasons: {
                                [key: string]: string;
                            };
                            /** @enum {string} */
                            status: "not_ready";
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counters and histograms in the text format of Prometheus */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": string;
                    };
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schemas/action.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of actions/*.yaml in packs */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schemas/pack.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of pack.yaml in packs */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schemas/permission-set.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of permission_sets/*.yaml in packs */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schemas/rule.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of rules/*.yaml in packs */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schemas/runtime.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of runtimes/*.yaml in packs */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schemas/sensor.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of sensors/*.yaml in packs */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schemas/trigger.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of triggers/*.yaml in packs */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                400: components["responses"]["400"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** ActionDetail */
        ActionDetail: {
            accepted_env_vars: string[];
            accesses_mcp: boolean;
            artifact_retention_limit: number | null;
            artifact_retention_policy: ("versions" | "days" | "hours" | "minutes") | null;
            /** Format: date-time */
            created: string;
            default_execution_permission_set_refs: string[];
            description: string | null;
            entrypoint: string;
            id: number;
            is_adhoc: boolean;
            key_refs: string[];
            label: string;
            log_retention_limit: number | null;
            log_retention_policy: ("versions" | "days" | "hours" | "minutes") | null;
            max_retries: number | null;
            out_schema: unknown | null;
            /** @enum {string} */
            output_format: "text" | "json" | "yaml" | "jsonl";
            pack: number;
            pack_ref: string;
            param_schema: unknown | null;
            /** @enum {string} */
            parameter_delivery: "stdin" | "file";
            /** @enum {string} */
            parameter_format: "json" | "dotenv" | "yaml";
            ref: string;
            required_worker_runtimes: unknown;
            runtime: number | null;
            runtime_ref: string | null;
            runtime_version_constraint: string | null;
            success_exit_codes: number[];
            timeout_seconds: number | null;
            /** Format: date-time */
            updated: string;
            worker_affinity: unknown;
            worker_selector: unknown;
            worker_tolerations: unknown;
        };
        /** ActionHit */
        ActionHit: {
            accesses_mcp: boolean;
            description: string | null;
            /** @description Whether the action is a graph of tasks instead of a program. */
            is_workflow: boolean;
            label: string;
            pack_ref: string;
            ref: string;
            runtime_ref: string | null;
        };
        /** ActionSummary */
        ActionSummary: {
            accepted_env_vars: string[];
            accesses_mcp: boolean;
            artifact_retention_limit: number | null;
            artifact_retention_policy: ("versions" | "days" | "hours" | "minutes") | null;
            /** Format: date-time */
            created: string;
            default_execution_permission_set_refs: string[];
            description: string | null;
            entrypoint: string;
            id: number;
            is_adhoc: boolean;
            key_refs: string[];
            label: string;
            log_retention_limit: number | null;
            log_retention_policy: ("versions" | "days" | "hours" | "minutes") | null;
            max_retries: number | null;
            pack_ref: string;
            ref: string;
            required_worker_runtimes: unknown;
            runtime: number | null;
            runtime_ref: string | null;
            runtime_version_constraint: string | null;
            timeout_seconds: number | null;
            /** Format: date-time */
            updated: string;
            worker_affinity: unknown;
            worker_selector: unknown;
            worker_tolerations: unknown;
        };
        /** Alert */
        Alert: {
            /** Format: date-time */
            announced_at: string;
            category: string;
            cleared_at: string | null;
            component_id: number | null;
            component_ref: string | null;
            component_type: string;
            correlation_id: string;
            details: {
                [key: string]: unknown;
            };
            failure_type: string;
            /** Format: date-time */
            first_seen_at: string;
            /** Format: date-time */
            last_seen_at: string;
            /** @enum {string} */
            severity: "info" | "warning" | "error" | "critical";
            sightings: number;
            summary: string;
            worker_role: string | null;
        };
        /** AuditEvent */
        AuditEvent: {
            actor_identity: number | null;
            actor_ip: string | null;
            actor_login: string | null;
            actor_token_type: string | null;
            actor_user_agent: string | null;
            /** @enum {string} */
            category: "api" | "auth" | "rbac" | "secret" | "admin" | "execution" | "pack";
            correlation_chain: unknown | null;
            /** Format: date-time */
            created: string;
            details: unknown | null;
            duration_ms: number | null;
            event_type: string;
            http_method: string | null;
            http_path: string | null;
            http_status: number | null;
            id: number;
            /** @enum {string} */
            outcome: "success" | "failure" | "denied";
            request_id: string | null;
            requests: number | null;
            resource_id: number | null;
            resource_ref: string | null;
            resource_type: string | null;
        };
        /** AuditEventSummary */
        AuditEventSummary: {
            actor_identity: number | null;
            actor_ip: string | null;
            actor_login: string | null;
            /** @enum {string} */
            category: "api" | "auth" | "rbac" | "secret" | "admin" | "execution" | "pack";
            /** Format: date-time */
            created: string;
            event_type: string;
            http_method: string | null;
            http_path: string | null;
            http_status: number | null;
            id: number;
            /** @enum {string} */
            outcome: "success" | "failure" | "denied";
            request_id: string | null;
            requests: number | null;
            resource_ref: string | null;
            resource_type: string | null;
        };
        /** AuthSettings */
        AuthSettings: {
            authentication_enabled: boolean;
            ldap_enabled: boolean;
            ldap_provider_icon_url: string | null;
            ldap_provider_label: string | null;
            ldap_provider_name: string | null;
            ldap_visible_by_default: boolean;
            local_password_enabled: boolean;
            local_password_visible_by_default: boolean;
            oidc_enabled: boolean;
            oidc_provider_icon_url: string | null;
            oidc_provider_label: string | null;
            oidc_provider_name: string | null;
            oidc_visible_by_default: boolean;
            self_registration_enabled: boolean;
        };
        /** Constraints */
        Constraints: {
            /** @description Attributes that the caller must have. */
            attributes?: {
                [key: string]: unknown;
            };
            /** @description Whether the key is encrypted. */
            encrypted?: boolean;
            /**
             * @description Executions that the caller started, or also what descends from them, or also all others.
             * @enum {string}
             */
            execution_scope?: "self" | "descendants" | "any";
            /** @description Ids of targets. */
            ids?: number[];
            /**
             * @description Who owns the target.
             * @enum {string}
             */
            owner?: "self" | "any" | "none";
            /** @description Refs of the owning pack, action or sensor. */
            owner_refs?: string[];
            /** @description Kinds of owner. */
            owner_types?: string[];
            /** @description Refs of the packs that the target belongs to. */
            pack_refs?: string[];
            /** @description Refs of targets. */
            refs?: string[];
            /** @description public, private. */
            visibility?: string[];
        };
        /** CreateAction */
        CreateAction: {
            accepted_env_vars?: string[] | null;
            accesses_mcp?: boolean | null;
            artifact_retention_limit?: number | null;
            artifact_retention_policy?: ("versions" | "days" | "hours" | "minutes") | null;
            default_execution_permission_set_refs?: string[] | null;
            description?: string | null;
            /** @description A file in `actions/` of the pack; for a shell runtime the script itself. */
            entrypoint: string;
            key_refs?: string[] | null;
            label: string;
            log_retention_limit?: number | null;
            log_retention_policy?: ("versions" | "days" | "hours" | "minutes") | null;
            max_retries?: number | null;
            out_schema?: unknown;
            output_format?: ("text" | "json" | "yaml" | "jsonl") | null;
            pack_ref: string;
            param_schema?: unknown;
            parameter_delivery?: ("stdin" | "file") | null;
            parameter_format?: ("json" | "dotenv" | "yaml") | null;
            /** @description pack.name in lower case. */
            ref: string;
            required_worker_runtimes?: {
                [key: string]: string;
            } | null;
            runtime?: number | null;
            runtime_ref?: string | null;
            runtime_version_constraint?: string | null;
            success_exit_codes?: number[] | null;
            timeout_seconds?: number | null;
            worker_affinity?: {
                [key: string]: unknown;
            } | null;
            worker_selector?: {
                [key: string]: unknown;
            } | null;
            worker_tolerations?: unknown[] | null;
        };
        /** CreateIdentity */
        CreateIdentity: {
            attributes?: {
                [key: string]: unknown;
            } | null;
            display_name?: string | null;
            login: string;
            password?: string | null;
        };
        /** CreateKey */
        CreateKey: {
            /** @description Default: true. */
            encrypted?: boolean;
            /** @description Under this name actions and expressions find it; unique for its owner. */
            name: string;
            owner?: string | null;
            owner_action?: number | null;
            owner_action_ref?: string | null;
            owner_identity?: number | null;
            owner_pack?: number | null;
            owner_pack_ref?: string | null;
            owner_sensor?: number | null;
            owner_sensor_ref?: string | null;
            /** @enum {string} */
            owner_type: "system" | "identity" | "pack" | "action" | "sensor";
            /** @description Lower case, with dots between its parts. */
            ref: string;
            value: unknown;
        };
        /** CreatePack */
        CreatePack: {
            /** @description What an operator can configure. */
            conf_schema?: {
                [key: string]: unknown;
            };
            /** @description The configuration; it must fit conf_schema. */
            config?: {
                [key: string]: unknown;
            };
            dependencies?: string[];
            description?: string | null;
            /** @description Everybody may read it; it belongs to nobody. */
            is_standard?: boolean;
            label: string;
            /** @description Anything worth keeping with the pack. */
            meta?: {
                [key: string]: unknown;
            };
            ref: string;
            runtime_deps?: string[];
            tags?: string[];
            /** @description A semantic version. */
            version: string;
        };
        /** CreatePackIndex */
        CreatePackIndex: {
            enabled?: boolean;
            /** @description Sent with the request for the index. Stored encrypted, never shown; *** keeps the value that is there. */
            headers?: {
                [key: string]: string;
            };
            name?: string | null;
            position?: number | null;
            /** @description https://, or file:// below pack_registry.local_roots. */
            url: string;
        };
        /** CreateRule */
        CreateRule: {
            /** @description Parameters of the action; strings may hold templates such as `{{ event.payload.name }}`. */
            action_params?: Record<string, unknown> | null;
            action_ref: string;
            /** @description `{"expression": "…"}`, an array of `{"field", "operator", "value"}` that must all hold, or empty. */
            conditions?: unknown;
            description?: string | null;
            enabled?: boolean | null;
            label: string;
            /** @description The pack that the rule belongs to; its config feeds templates. */
            pack_ref: string;
            /** @description What executions may do through the API: null as the action says, `[]` nothing. */
            permission_set_refs?: string[] | null;
            /** @description pack.name in lower case. */
            ref: string;
            /** @description Parameters of the trigger, for the sensor that watches. */
            trigger_params?: Record<string, unknown> | null;
            trigger_ref: string;
        };
        /** CreateRuntime */
        CreateRuntime: {
            aliases?: string[] | null;
            description?: string | null;
            distributions?: {
                [key: string]: unknown;
            } | null;
            execution_config?: {
                [key: string]: unknown;
            } | null;
            installation?: unknown;
            name: string;
            pack_ref?: string | null;
            /** @description In lower case. */
            ref: string;
            versions?: {
                distributions?: {
                    [key: string]: unknown;
                } | null;
                execution_config?: {
                    [key: string]: unknown;
                } | null;
                is_default?: boolean | null;
                meta?: {
                    [key: string]: unknown;
                } | null;
                /** @description Such as 3.12. */
                version: string;
            }[] | null;
        };
        /** CreateSensor */
        CreateSensor: {
            artifact_retention_limit?: number | null;
            artifact_retention_policy?: ("versions" | "days" | "hours" | "minutes") | null;
            config?: {
                [key: string]: unknown;
            } | null;
            description?: string | null;
            enabled?: boolean | null;
            /** @description A file in `sensors/` of the pack. */
            entrypoint: string;
            label: string;
            log_retention_limit?: number | null;
            log_retention_policy?: ("versions" | "days" | "hours" | "minutes") | null;
            pack_ref: string;
            param_schema?: unknown;
            /** @description pack.name in lower case. */
            ref: string;
            runtime_ref: string;
            /** @description The trigger that it serves from now on, if no other sensor serves it. */
            trigger_ref: string;
            worker_affinity?: {
                [key: string]: unknown;
            } | null;
            worker_selector?: {
                [key: string]: unknown;
            } | null;
            worker_tolerations?: unknown[] | null;
        };
        /** CreateTrigger */
        CreateTrigger: {
            description?: string | null;
            enabled?: boolean | null;
            label: string;
            out_schema?: unknown;
            pack_ref?: string | null;
            param_schema?: unknown;
            /** @description pack.name in lower case. */
            ref: string;
        };
        /** DeadLetter */
        DeadLetter: {
            attempts: number;
            correlation_id: string | null;
            /** Format: date-time */
            created: string;
            error: string;
            exchange: string;
            /** Format: date-time */
            first_failed_at: string;
            id: number;
            /** Format: date-time */
            last_failed_at: string;
            message_id: string | null;
            new_execution: number | null;
            payload: unknown | null;
            queue: string;
            /** @enum {string} */
            reason: "refused" | "exhausted" | "malformed" | "rejected" | "expired" | "maxlen" | "delivery_limit";
            resolved_at: string | null;
            resolved_by: number | null;
            routing_key: string;
            stack: string | null;
            /** @enum {string} */
            status: "open" | "replayed" | "discarded";
            type: string;
        };
        /** DeadLetterOutcome */
        DeadLetterOutcome: {
            /** @description More letters match; call again for them. */
            more: boolean;
            /** @description Letters that stay open, each with the reason. */
            refused: {
                error: string;
                id: number;
            }[];
            resolved: number;
        };
        /** DeadLetterSummary */
        DeadLetterSummary: {
            attempts: number;
            correlation_id: string | null;
            /** Format: date-time */
            created: string;
            error: string;
            exchange: string;
            /** Format: date-time */
            first_failed_at: string;
            id: number;
            /** Format: date-time */
            last_failed_at: string;
            message_id: string | null;
            new_execution: number | null;
            queue: string;
            /** @enum {string} */
            reason: "refused" | "exhausted" | "malformed" | "rejected" | "expired" | "maxlen" | "delivery_limit";
            resolved_at: string | null;
            resolved_by: number | null;
            routing_key: string;
            /** @enum {string} */
            status: "open" | "replayed" | "discarded";
            type: string;
        };
        /** EnforcementDetail */
        EnforcementDetail: {
            /** @enum {string} */
            condition: "any" | "all";
            conditions: unknown;
            config: unknown | null;
            correlation_id: string | null;
            /** Format: date-time */
            created: string;
            disabled_reason: string | null;
            event: number | null;
            id: number;
            payload: unknown;
            resolved_at: string | null;
            rule: number | null;
            rule_ref: string;
            /** @enum {string} */
            status: "created" | "processed" | "disabled";
            trigger_ref: string;
        };
        /** EnforcementSummary */
        EnforcementSummary: {
            /** @enum {string} */
            condition: "any" | "all";
            correlation_id: string | null;
            /** Format: date-time */
            created: string;
            event: number | null;
            id: number;
            rule: number | null;
            rule_ref: string;
            /** @enum {string} */
            status: "created" | "processed" | "disabled";
            trigger_ref: string;
        };
        /** Error */
        Error: {
            /** @enum {string} */
            code: "BAD_REQUEST" | "UNAUTHORIZED" | "FORBIDDEN" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "CONFLICT" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "UNPROCESSABLE_ENTITY" | "VALIDATION_ERROR" | "TOO_MANY_REQUESTS" | "INTERNAL_SERVER_ERROR" | "NOT_IMPLEMENTED" | "SERVICE_UNAVAILABLE";
            details?: {
                field: string;
                message: string;
            }[];
            /** @description A sentence that names the thing and the remedy. */
            error: string;
        };
        /** Event */
        Event: {
            config: unknown | null;
            correlation_id: string | null;
            /** Format: date-time */
            created: string;
            id: number;
            payload: unknown | null;
            rule: number | null;
            rule_ref: string | null;
            source: number | null;
            source_ref: string | null;
            trigger: number | null;
            trigger_ref: string;
        };
        /** EventDetail */
        EventDetail: {
            config: unknown | null;
            correlation_id: string | null;
            /** Format: date-time */
            created: string;
            decisions: components["schemas"]["RuleDecision"][] | null;
            id: number;
            payload: unknown | null;
            rule: number | null;
            rule_ref: string | null;
            source: number | null;
            source_ref: string | null;
            trigger: number | null;
            trigger_ref: string;
        };
        /** EventRequest */
        EventRequest: {
            config?: unknown;
            dedupe_key?: string | null;
            payload?: unknown;
            /** @description Of a sensor that is a timer: which instant of the schedule of its rule the event is for. */
            schedule?: {
                /** @description The nominal instant, with an offset. */
                at: string;
                /** @description An earlier instant is still on its way: whoever goes on with the schedule begins before it. */
                earlier_open?: boolean;
                /** @description Instants before it that have no event. */
                missed?: number;
            };
            trigger_instance_id?: string | null;
            trigger_ref?: string;
            /** @description Another name for trigger_ref. */
            trigger_type?: string;
        };
        /** EventSummary */
        EventSummary: {
            correlation_id: string | null;
            /** Format: date-time */
            created: string;
            has_payload: boolean;
            id: number;
            rule: number | null;
            rule_ref: string | null;
            source: number | null;
            source_ref: string | null;
            trigger: number | null;
            trigger_ref: string;
        };
        /** ExecutionDetail */
        ExecutionDetail: {
            action: number | null;
            action_ref: string;
            artifact_retention_limit?: number;
            /** @enum {string} */
            artifact_retention_policy?: "versions" | "days" | "hours" | "minutes";
            attempt: number;
            /** @description Permission sets that bound it, where an execution set it up. */
            authority_set_refs?: string[];
            config: unknown | null;
            correlation_id: string | null;
            /** Format: date-time */
            created: string;
            enforcement: number | null;
            executor: number | null;
            id: number;
            max_retries: number | null;
            original_execution?: number;
            parent: number | null;
            permission_set_refs?: string[];
            result: unknown | null;
            retry_count: number;
            retry_reason: string | null;
            rule_ref: string | null;
            /** Format: date-time */
            started_at?: string;
            /** @enum {string} */
            status: "requested" | "scheduling" | "scheduled" | "running" | "canceling" | "completed" | "failed" | "cancelled" | "timeout" | "abandoned";
            trigger_ref: string | null;
            /** Format: date-time */
            updated: string;
            worker: number | null;
            worker_affinity?: unknown;
            worker_selector?: unknown;
            worker_tolerations?: unknown;
            workflow_task?: unknown;
        };
        /** ExecutionRequest */
        ExecutionRequest: {
            action_ref: string;
            artifact_retention_limit?: number | null;
            artifact_retention_policy?: ("versions" | "days" | "hours" | "minutes") | null;
            env_vars?: {
                [key: string]: unknown;
            } | null;
            parameter_texts?: {
                [key: string]: string;
            } | null;
            parameters?: {
                [key: string]: unknown;
            } | null;
            permission_set_refs?: string[] | null;
            /** @description What must hold besides the affinity of the action. */
            worker_affinity?: unknown;
            /** @description Labels that the worker must have besides those that the action asks for. */
            worker_selector?: unknown;
            /** @description Which of the tolerations of the action hold. Default: all of them. */
            worker_tolerations?: unknown;
        };
        /** ExecutionStats */
        ExecutionStats: {
            abandoned: number;
            /** @description Also those that are being cancelled. */
            cancelled: number;
            completed: number;
            failed: number;
            /** @description requested, scheduling and scheduled. */
            pending: number;
            running: number;
            timeout: number;
            total: number;
        };
        /** ExecutionSummary */
        ExecutionSummary: {
            action_ref: string;
            /** Format: date-time */
            created: string;
            enforcement: number | null;
            id: number;
            original_execution?: number;
            parent: number | null;
            retry_count: number;
            rule_ref: string | null;
            /** Format: date-time */
            started_at?: string;
            /** @enum {string} */
            status: "requested" | "scheduling" | "scheduled" | "running" | "canceling" | "completed" | "failed" | "cancelled" | "timeout" | "abandoned";
            trigger_ref: string | null;
            /** Format: date-time */
            updated: string;
            workflow_task?: unknown;
        };
        /** FetchedPack */
        FetchedPack: {
            /** @description Packs that were fetched because it needs them, in the order in which they came. */
            installed_dependencies: {
                ref: string;
                version: string;
            }[];
            pack: components["schemas"]["PackDetail"];
            test_result: components["schemas"]["PackTestResult"] | null;
            /** @description Whether no tests were run: there are none, or they were not wanted. */
            tests_skipped: boolean;
        };
        /** Grant */
        Grant: {
            actions: string[];
            constraints?: components["schemas"]["Constraints"];
            resource: string;
        };
        /** IdentityDetail */
        IdentityDetail: {
            attributes: unknown;
            direct_permissions: components["schemas"]["SetOfIdentity"][];
            display_name: string | null;
            frozen: boolean;
            id: number;
            login: string;
            /** @description Every set, its own or through a role. */
            permission_set_refs: string[];
            roles: components["schemas"]["RoleOfIdentity"][];
        };
        /** IndexedPack */
        IndexedPack: {
            pack: components["schemas"]["PackIndexEntry"];
            registry: {
                id: number | null;
                name: string | null;
                position: number;
                url: string;
            };
        };
        /** InstalledPack */
        InstalledPack: {
            pack: components["schemas"]["PackDetail"];
            test_result: components["schemas"]["PackTestResult"] | null;
            /** @description Whether no tests were run: there are none, or they were not wanted. */
            tests_skipped: boolean;
        };
        /** IntegrationTokenDetail */
        IntegrationTokenDetail: {
            /** @description Neither revoked nor expired. */
            active: boolean;
            /** Format: date-time */
            created: string;
            created_by: number | null;
            description: string | null;
            expires_at: string | null;
            id: number;
            identity_id: number;
            label: string;
            last_used_at: string | null;
            last_used_ip: string | null;
            revocation_reason: string | null;
            revoked_at: string | null;
            revoked_by: number | null;
            /** @description The first 18 characters of the secret. */
            token_prefix: string;
            /** @description The last 6 characters of the secret. */
            token_suffix: string;
            /** Format: date-time */
            updated: string;
        };
        /** KeyDetail */
        KeyDetail: {
            /** Format: date-time */
            created: string;
            encrypted: boolean;
            id: number;
            name: string;
            owner: string | null;
            owner_action: number | null;
            owner_action_ref: string | null;
            owner_identity: number | null;
            owner_pack: number | null;
            owner_pack_ref: string | null;
            owner_sensor: number | null;
            owner_sensor_ref: string | null;
            /** @enum {string} */
            owner_type: "system" | "identity" | "pack" | "action" | "sensor";
            ref: string;
            /** Format: date-time */
            updated: string;
            value: unknown | null;
        };
        /** KeyRotation */
        KeyRotation: {
            /** @description Nothing is left that a previous key could read. */
            done: boolean;
            keys: {
                /** @description Encrypted with the current key now. */
                current: number;
                /** @description Encrypted anew by this call. */
                reencrypted: number;
                /** @description Still encrypted with a previous key. */
                remaining: number;
                /** @description Encrypted with a key that is not configured, or damaged. */
                unreadable: number;
            };
            pack_index_headers: {
                /** @description Encrypted with the current key now. */
                current: number;
                /** @description Encrypted anew by this call. */
                reencrypted: number;
                /** @description Still encrypted with a previous key. */
                remaining: number;
                /** @description Encrypted with a key that is not configured, or damaged. */
                unreadable: number;
            };
            secret_values: {
                /** @description Encrypted with the current key now. */
                current: number;
                /** @description Encrypted anew by this call. */
                reencrypted: number;
                /** @description Still encrypted with a previous key. */
                remaining: number;
                /** @description Encrypted with a key that is not configured, or damaged. */
                unreadable: number;
            };
            webhook_secrets: {
                /** @description Encrypted with the current key now. */
                current: number;
                /** @description Encrypted anew by this call. */
                reencrypted: number;
                /** @description Still encrypted with a previous key. */
                remaining: number;
                /** @description Encrypted with a key that is not configured, or damaged. */
                unreadable: number;
            };
        };
        /** KeySummary */
        KeySummary: {
            /** Format: date-time */
            created: string;
            encrypted: boolean;
            id: number;
            name: string;
            owner: string | null;
            owner_ref: string | null;
            /** @enum {string} */
            owner_type: "system" | "identity" | "pack" | "action" | "sensor";
            ref: string;
        };
        /** NewIntegrationToken */
        NewIntegrationToken: {
            integration_token: components["schemas"]["IntegrationTokenDetail"];
            /** @description The secret. It is shown this once. */
            token: string;
        };
        /** PackAnalysis */
        PackAnalysis: {
            analyzed_packs: {
                dependency_count: number;
                has_dependencies: boolean;
                pack_path: string;
                pack_ref: string;
            }[];
            dependencies: {
                already_installed: boolean;
                pack_ref: string;
                required_by: string;
                version_spec: string;
            }[];
            errors: {
                error: string;
                pack_path: string;
            }[];
            missing_dependencies: {
                already_installed: boolean;
                pack_ref: string;
                required_by: string;
                version_spec: string;
            }[];
            runtime_requirements: {
                [key: string]: {
                    nodejs: {
                        package_file: string | null;
                        version: string | null;
                    } | null;
                    pack_ref: string;
                    python: {
                        requirements_file: string | null;
                        version: string | null;
                    } | null;
                };
            };
        };
        /** PackBatch */
        PackBatch: {
            failed_packs: {
                error: string;
                error_stage: string;
                pack_path: string;
                pack_ref: string;
            }[];
            registered_packs: {
                components_registered: {
                    actions: number;
                    policies: number;
                    rules: number;
                    sensors: number;
                    triggers: number;
                    workflows: number;
                };
                pack_id: number;
                pack_ref: string;
                pack_version: string;
                storage_path: string;
                test_result: {
                    failed: number;
                    passed: number;
                    status: string;
                    total_tests: number;
                } | null;
                validation_results: {
                    errors: string[];
                    valid: boolean;
                };
            }[];
            summary: {
                duration_ms: number;
                failure_count: number;
                success_count: number;
                total_components: number;
                total_packs: number;
            };
        };
        /** PackBuildStates */
        PackBuildStates: {
            environments: components["schemas"]["PackEnvironmentState"][];
            summary: {
                failed: number;
                /** @description Being built, or about to be. */
                pending: number;
                ready: number;
                total_packs: number;
            };
        };
        /** PackDetail */
        PackDetail: {
            checksum: string | null;
            checksum_verified: boolean | null;
            conf_schema: unknown;
            config: unknown;
            /** Format: date-time */
            created: string;
            dependencies: string[];
            description: string | null;
            id: number;
            installation_method: string | null;
            installed_at: string | null;
            installed_by: number | null;
            is_standard: boolean;
            label: string;
            meta: unknown;
            ref: string;
            runtime_deps: string[];
            source_ref: string | null;
            source_type: string | null;
            source_url: string | null;
            tags: string[];
            /** Format: date-time */
            updated: string;
            version: string;
        };
        /** PackDownloads */
        PackDownloads: {
            downloaded_packs: {
                checksum: string | null;
                git_commit: string | null;
                pack_path: string;
                pack_ref: string;
                pack_version: string;
                source: string;
                source_type: string;
            }[];
            failed_packs: {
                error: string;
                source: string;
            }[];
            failure_count: number;
            success_count: number;
            total_count: number;
        };
        /** PackEnvironment */
        PackEnvironment: {
            claim_expires_at: string | null;
            claimed_by_worker: number | null;
            /** Format: date-time */
            created: string;
            env_path: string;
            id: number;
            install_error: string | null;
            install_log: string | null;
            installed_at: string | null;
            last_verified: string | null;
            manifest_checksum: string | null;
            pack: number;
            pack_ref: string;
            rebuild_requested: boolean;
            runtime: number;
            runtime_ref: string;
            runtime_version: number | null;
            runtime_version_text: string | null;
            /** @enum {string} */
            status: "pending" | "installing" | "ready" | "failed" | "outdated";
            /** Format: date-time */
            updated: string;
            /** @description The disk that it lies on; workers that share it share the environment. */
            volume: string;
            worker_name: string | null;
        };
        /** PackEnvironmentState */
        PackEnvironmentState: {
            claim_expires_at: string | null;
            claimed_by_worker: number | null;
            /** Format: date-time */
            created: string;
            env_path: string;
            id: number;
            install_error: string | null;
            installed_at: string | null;
            last_verified: string | null;
            manifest_checksum: string | null;
            pack: number;
            pack_ref: string;
            rebuild_requested: boolean;
            runtime: number;
            runtime_ref: string;
            runtime_version: number | null;
            runtime_version_text: string | null;
            /** @enum {string} */
            status: "pending" | "installing" | "ready" | "failed" | "outdated";
            /** Format: date-time */
            updated: string;
            /** @description The disk that it lies on; workers that share it share the environment. */
            volume: string;
            worker_name: string | null;
        };
        /** PackIndexEntry */
        PackIndexEntry: {
            author: string;
            contents: {
                actions: {
                    description: string;
                    name: string;
                }[];
                rules: {
                    description: string;
                    name: string;
                }[];
                sensors: {
                    description: string;
                    name: string;
                }[];
                triggers: {
                    description: string;
                    name: string;
                }[];
                workflows: {
                    description: string;
                    name: string;
                }[];
            };
            dependencies?: {
                attune_version?: string;
                nodejs_version?: string;
                packs: string[];
                python_version?: string;
            };
            description: string;
            email?: string;
            homepage?: string;
            install_sources: ({
                checksum: string;
                ref?: string;
                /** @enum {string} */
                type: "git";
                url: string;
            } | {
                checksum: string;
                /** @enum {string} */
                type: "archive";
                url: string;
            })[];
            keywords: string[];
            label: string;
            license: string;
            meta?: {
                downloads?: number;
                stars?: number;
                tested_attune_versions: string[];
            };
            ref: string;
            repository?: string;
            runtime_deps: string[];
            use_case?: string;
            version: string;
        };
        /** PackRegistryIndexDetail */
        PackRegistryIndexDetail: {
            /** Format: date-time */
            created: string;
            enabled: boolean;
            /** @description Every value is shown as ***. */
            headers: {
                [key: string]: string;
            };
            id: number;
            name: string | null;
            position: number;
            /** Format: date-time */
            updated: string;
            url: string;
        };
        /** PackSummary */
        PackSummary: {
            /** Format: date-time */
            created: string;
            description: string | null;
            id: number;
            is_standard: boolean;
            label: string;
            ref: string;
            tags: string[];
            /** Format: date-time */
            updated: string;
            version: string;
        };
        /** PackTestExecution */
        PackTestExecution: {
            /** Format: date-time */
            created: string;
            durationMs: number;
            /** Format: date-time */
            executionTime: string;
            failed: number;
            id: number;
            packId: number;
            packVersion: string;
            passed: number;
            passRate: number;
            result: unknown;
            skipped: number;
            totalTests: number;
            /** @enum {string} */
            triggerReason: "install" | "update" | "manual" | "validation";
        };
        /** PackTestResult */
        PackTestResult: {
            durationMs: number;
            /** Format: date-time */
            executionTime: string;
            failed: number;
            packRef: string;
            packVersion: string;
            passed: number;
            passRate: number;
            skipped: number;
            /** @enum {string} */
            status: "passed" | "failed" | "skipped" | "partial";
            testSuites: {
                durationMs: number;
                failed: number;
                name: string;
                passed: number;
                runnerType: string;
                skipped: number;
                testCases: {
                    durationMs: number;
                    errorMessage: string | null;
                    name: string;
                    /** @enum {string} */
                    status: "passed" | "failed" | "skipped" | "error";
                    stderr: string | null;
                    stdout: string | null;
                }[];
                total: number;
            }[];
            totalTests: number;
        };
        /** Pagination */
        Pagination: {
            has_next: boolean;
            has_previous: boolean;
            page: number;
            page_size: number;
            /**
             * Format: date-time
             * @description Text was looked for in the newest 10 000 rows, back to this moment. Ask again with created_before to go on from there.
             */
            searched_back_to?: string;
            /** @description The count stopped at 10 000; there are more. */
            total_capped?: boolean;
            total_items: number;
            total_pages: number;
        };
        /** PermissionSetDetail */
        PermissionSetDetail: {
            description: string | null;
            grants: components["schemas"]["Grant"][];
            id: number;
            label: string | null;
            /** @description Differs from the file of its pack: a person changed it. */
            modified: boolean;
            pack_ref: string | null;
            ref: string;
            roles: components["schemas"]["SetOfRole"][];
        };
        /** Profile */
        Profile: {
            assigned_permission_set_refs: string[];
            /** @enum {string} */
            auth_provider: "local" | "oidc" | "ldap";
            can_change_password: boolean;
            display_name: string | null;
            /** @description What any grant mentions. A grant with constraints permits it for some targets only. */
            effective_permissions: {
                actions: string[];
                resource: string;
            }[];
            id: number;
            is_local: boolean;
            login: string;
            provider_profile?: {
                display_name: string | null;
                distinguished_name: string | null;
                email: string | null;
                email_verified: boolean | null;
                groups: string[];
                issuer: string | null;
                login: string | null;
                provider: string;
                subject: string | null;
            };
        };
        /** RoleOfIdentity */
        RoleOfIdentity: {
            /** Format: date-time */
            created: string;
            id: number;
            identity_id: number;
            managed: boolean;
            role: string;
            source: string;
            /** Format: date-time */
            updated: string;
        };
        /** RuleAccount */
        RuleAccount: {
            action: {
                enabled: boolean;
                exists: boolean;
                ref: string;
            };
            /** @description The last events of its trigger, newest first; null: this rule was not asked. */
            last: {
                /** @description The event is meant for one rule only. */
                bound: boolean;
                /** Format: date-time */
                created: string;
                decided: boolean;
                decided_at: string | null;
                event: number;
                recorded: components["schemas"]["RuleDecision"] | null;
            }[];
            period: {
                /** @description Only the newest 10 000 events are counted. */
                capped: boolean;
                /** @description It waits in the slow lane. */
                deferred: number;
                disabled: number;
                error: number;
                events: number;
                matched: number;
                not_considered: number;
                not_matched: number;
                /** Format: date-time */
                since: string;
                undecided: number;
            };
            /** @description What of its conditions and templates cannot be read. */
            problems: {
                field: string;
                message: string;
            }[];
            rule: {
                enabled: boolean;
                last_error: string | null;
                last_error_at: string | null;
                ref: string;
                /** Format: date-time */
                updated: string;
                version: number;
            };
            trigger: {
                enabled: boolean;
                exists: boolean;
                ref: string;
            };
            /** @description What keeps it from firing now; empty if nothing does. */
            verdict: string[];
        };
        /** RuleDecision */
        RuleDecision: {
            clause?: string;
            compared?: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            outcome: "matched" | "not_matched" | "disabled" | "error" | "deferred";
            reason?: string;
            rule: number;
            rule_ref: string;
            version: number;
        };
        /** RuleDetail */
        RuleDetail: {
            action: number | null;
            action_params: unknown | null;
            action_ref: string;
            authority_set_refs: string[] | null;
            conditions: unknown;
            /** Format: date-time */
            created: string;
            description: string | null;
            enabled: boolean;
            id: number;
            is_adhoc: boolean;
            label: string;
            last_error: string | null;
            last_error_at: string | null;
            owner_identity: number | null;
            pack: number;
            pack_ref: string;
            permission_set_refs: string[] | null;
            ref: string;
            trigger: number | null;
            trigger_params: unknown | null;
            trigger_ref: string;
            /** Format: date-time */
            updated: string;
            version: number;
        };
        /** RuleDraft */
        RuleDraft: {
            /** @description Parameters of the action; strings may hold templates such as `{{ event.payload.name }}`. */
            action_params?: Record<string, unknown> | null;
            action_ref?: string;
            /** @description `{"expression": "…"}`, an array of `{"field", "operator", "value"}` that must all hold, or empty. */
            conditions?: unknown;
            description?: string | null;
            enabled?: boolean | null;
            label?: string;
            /** @description The pack that the rule belongs to; its config feeds templates. */
            pack_ref?: string;
            /** @description What executions may do through the API: null as the action says, `[]` nothing. */
            permission_set_refs?: string[] | null;
            /** @description pack.name in lower case. */
            ref: string;
            /** @description Parameters of the trigger, for the sensor that watches. */
            trigger_params?: Record<string, unknown> | null;
            trigger_ref?: string;
        };
        /** RulePlan */
        RulePlan: {
            /** @description Enforcements that would be there and are not. */
            appear: number;
            /** @description Newest first; `fails`: an error that was none. */
            changes: {
                /** @enum {string} */
                change: "appears" | "disappears" | "fails";
                config: {
                    [key: string]: unknown;
                } | null;
                /** Format: date-time */
                created: string;
                event: number;
                planned: components["schemas"]["RuleDecision"] | null;
                recorded: ("matched" | "not_matched" | "disabled" | "error" | "deferred") | null;
            }[];
            /** @description Enforcements that are there and would not be. */
            disappear: number;
            events: number;
            next: number | null;
            planned: {
                /** @description The rule waits in the slow lane. */
                deferred: number;
                disabled: number;
                error: number;
                matched: number;
                /** @description The rule was not asked about the event. */
                none: number;
                not_matched: number;
            };
            recorded: {
                /** @description The rule waits in the slow lane. */
                deferred: number;
                disabled: number;
                error: number;
                matched: number;
                /** @description The rule was not asked about the event. */
                none: number;
                not_matched: number;
            };
            rule_ref: string;
            /** @description Whether there is a rule of this ref. */
            saved: boolean;
            /** Format: date-time */
            since: string;
            stay: number;
            trigger_refs: string[];
            /** @description Changes that are counted and not listed. */
            unlisted: number;
        };
        /** RuleSchedule */
        RuleSchedule: {
            /**
             * Format: date-time
             * @description When the rule was made, enabled, or given another trigger or other parameters of it.
             */
            anchor: string;
            /** @description Events since the anchor. */
            fired: number;
            last_at: string | null;
            /** @description Instants since the anchor that got no event. */
            missed: number;
        };
        /** RuleSummary */
        RuleSummary: {
            action_params: unknown | null;
            action_ref: string;
            authority_set_refs: string[] | null;
            /** Format: date-time */
            created: string;
            description: string | null;
            enabled: boolean;
            id: number;
            is_adhoc: boolean;
            label: string;
            last_error: string | null;
            last_error_at: string | null;
            owner_identity: number | null;
            pack_ref: string;
            permission_set_refs: string[] | null;
            ref: string;
            trigger_params: unknown | null;
            trigger_ref: string;
            /** Format: date-time */
            updated: string;
        };
        /** RuleTest */
        RuleTest: {
            config: {
                [key: string]: unknown;
            } | null;
            decision: components["schemas"]["RuleDecision"];
            /** @description What would make the execution fail before it runs. */
            parameter_problems: {
                field: string;
                message: string;
            }[];
        };
        /** RuntimeDetail */
        RuntimeDetail: {
            aliases: string[];
            auto_detected: boolean;
            /** Format: date-time */
            created: string;
            description: string | null;
            detection_config: unknown;
            distributions: unknown;
            execution_config: unknown;
            /** @description Whether a file of its pack describes it. */
            from_file: boolean;
            id: number;
            installation: unknown | null;
            installers: unknown | null;
            name: string;
            pack: number | null;
            pack_ref: string | null;
            ref: string;
            /** Format: date-time */
            updated: string;
            versions: {
                available: boolean;
                distributions: unknown;
                execution_config: unknown;
                is_default: boolean;
                meta: unknown;
                verified_at: string | null;
                version: string;
            }[];
        };
        /** RuntimeSummary */
        RuntimeSummary: {
            aliases: string[];
            /** Format: date-time */
            created: string;
            description: string | null;
            id: number;
            name: string;
            pack_ref: string | null;
            ref: string;
            /** Format: date-time */
            updated: string;
        };
        /** ScheduledRule */
        ScheduledRule: {
            action_params: unknown | null;
            action_ref: string;
            authority_set_refs: string[] | null;
            /** Format: date-time */
            created: string;
            description: string | null;
            enabled: boolean;
            id: number;
            is_adhoc: boolean;
            label: string;
            last_error: string | null;
            last_error_at: string | null;
            owner_identity: number | null;
            pack_ref: string;
            permission_set_refs: string[] | null;
            ref: string;
            schedule?: components["schemas"]["RuleSchedule"];
            trigger_params: unknown | null;
            trigger_ref: string;
            /** Format: date-time */
            updated: string;
        };
        /** SensorDetail */
        SensorDetail: {
            artifact_retention_limit: number | null;
            artifact_retention_policy: ("versions" | "days" | "hours" | "minutes") | null;
            /** @enum {string} */
            control: "stdin" | "restart";
            /** Format: date-time */
            created: string;
            description: string | null;
            enabled: boolean;
            entrypoint: string;
            id: number;
            is_adhoc: boolean;
            label: string;
            log_retention_limit: number | null;
            log_retention_policy: ("versions" | "days" | "hours" | "minutes") | null;
            pack: number | null;
            pack_ref: string | null;
            param_schema: unknown | null;
            ref: string;
            runtime: number;
            runtime_ref: string;
            runtime_version_constraint: string | null;
            /** Format: date-time */
            updated: string;
            worker_affinity: unknown;
            worker_selector: unknown;
            worker_tolerations: unknown;
        };
        /** SensorSummary */
        SensorSummary: {
            artifact_retention_limit: number | null;
            artifact_retention_policy: ("versions" | "days" | "hours" | "minutes") | null;
            /** Format: date-time */
            created: string;
            description: string | null;
            enabled: boolean;
            id: number;
            label: string;
            log_retention_limit: number | null;
            log_retention_policy: ("versions" | "days" | "hours" | "minutes") | null;
            pack_ref: string | null;
            ref: string;
            /** Format: date-time */
            updated: string;
        };
        /** SensorToken */
        SensorToken: {
            /** Format: date-time */
            expires_at: string;
            identity_id: number;
            sensor_ref: string;
            token: string;
            trigger_types: string[];
        };
        /** SensorTokenDetail */
        SensorTokenDetail: {
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            expires_at: string;
            id: number;
            /** @enum {string} */
            made_by: "host" | "bootstrap" | "person";
            renewed_at: string | null;
            requested_by: number | null;
            requested_by_login: string | null;
            sensor_ref: string;
            trigger_types: string[] | null;
            worker_name: string | null;
        };
        /** Session */
        Session: {
            access_token: string;
            /** @description Seconds the access token is valid. */
            expires_in: number;
            refresh_token: string;
            /** @enum {string} */
            token_type: "Bearer";
            user?: {
                display_name: string | null;
                id: number;
                login: string;
            };
        };
        /** SessionDetail */
        SessionDetail: {
            /** @description From where it began or was renewed last. */
            client_ip: string;
            /** Format: date-time */
            created: string;
            /** @description Whether it is the one that asks. */
            current: boolean;
            /** Format: date-time */
            expires_at: string;
            id: number;
            identity_id: number;
            integration_token_id: number | null;
            integration_token_label: string | null;
            /**
             * Format: date-time
             * @description When it began or was renewed last: it may have been used for as long as an access token lives since.
             */
            last_used_at: string;
            /** @enum {string} */
            provider: "local" | "ldap" | "oidc" | "token";
            user_agent: string | null;
        };
        /** SetOfIdentity */
        SetOfIdentity: {
            /** Format: date-time */
            created: string;
            id: number;
            identity_id: number;
            permission_set_id: number;
            permission_set_ref: string;
        };
        /** SetOfRole */
        SetOfRole: {
            /** Format: date-time */
            created: string;
            id: number;
            permission_set_id: number;
            permission_set_ref: string;
            role: string;
        };
        /** ShownWebhookConfig */
        ShownWebhookConfig: {
            delivery_id_header?: string;
            /** @enum {string} */
            envelope?: "auto" | "always" | "never";
            hmac?: {
                algorithm?: string;
                enabled: boolean;
                /**
                 * @description Of the signature. Default: hex.
                 * @enum {string}
                 */
                encoding?: "hex" | "base64";
                has_previous_secret?: boolean;
                has_secret: boolean;
                /** @description Where the signature stands. Default: X-Webhook-Signature, else X-Hub-Signature-256. */
                header?: string;
                /** @description Where the id stands that is signed. */
                id_header?: string;
                /** @description Before each signature. Default: the name of the algorithm and =, or nothing. */
                prefix?: string;
                /**
                 * @description How a known sender signs; what else is given goes before.
                 * @enum {string}
                 */
                preset?: "github" | "gitlab" | "stripe" | "slack" | "shopify" | "pagerduty" | "sentry" | "standard_webhooks";
                /**
                 * @description Signed with the secret, or the secret itself in a header. Default: hmac.
                 * @enum {string}
                 */
                scheme?: "hmac" | "token";
                /**
                 * @description How the secret is written; base64 may begin with whsec_. Default: text.
                 * @enum {string}
                 */
                secret_encoding?: "text" | "base64";
                /**
                 * @description Between several signatures in the header.
                 * @enum {string}
                 */
                separator?: "," | " ";
                /** @description What is signed, with {body}, {timestamp} and {id} in it. Default: {body}. */
                signed_content?: string;
                /** @description Where the time stands that is signed. */
                timestamp_header?: string;
                /** @description What the time begins with, where it stands in the header of the signature. */
                timestamp_prefix?: string;
                /** @description By which a time that is signed may be off. Default: 300. */
                tolerance_seconds?: number;
            };
            ip_whitelist?: {
                enabled: boolean;
                ips?: string[];
            };
            /** @description Kilobytes of a payload at most. */
            payload_size_limit_kb?: number;
            /** @description What in it cannot be read. While there is anything, every call is refused. */
            problems?: {
                field: string;
                message: string;
            }[];
            rate_limit?: {
                enabled: boolean;
                /** @description Calls of one address in the window at most. */
                requests?: number;
                /** @description Seconds. */
                window_seconds?: number;
            };
        };
        /** Sweep */
        Sweep: {
            /** Format: date-time */
            expires_at: string;
            holder: string | null;
            last_result: unknown | null;
            last_run_at: string | null;
            name: string;
        };
        /** TakenPack */
        TakenPack: {
            data: components["schemas"]["PackDetail"];
            message: string;
            warnings?: string[];
        };
        /** Topology */
        Topology: {
            exchanges: {
                name: string;
                type: string;
            }[];
            outbox: {
                /** @description Refused or returned by the broker, and tried again. */
                failed: number;
                oldest_waiting_at: string | null;
                waiting: number;
            };
            problems: {
                /** @enum {string} */
                kind: "unreachable" | "missing_queue" | "wrong_arguments" | "misrouted" | "no_consumer" | "consumer_stopped" | "returned";
                object: string;
                problem: string;
                remedy: string;
                /** @description Host and roles of the processes that see it. */
                seen_by: string[];
            }[];
            processes: {
                /** Format: date-time */
                checked_at: string;
                host: string;
                instance: string;
                problems: number;
                roles: string[];
            }[];
            queues: {
                bindings: {
                    exchange: string;
                    key: string;
                    type: string;
                }[];
                consumers: number | null;
                /** @enum {string} */
                delivery: "shared" | "addressed" | "broadcast";
                depth: number | null;
                name: string;
                oldest_waiting_at: string | null;
                /** @description The role that reads it. */
                service: string;
            }[];
            /** @enum {string} */
            transport: "postgres" | "rabbitmq";
        };
        /** Trace */
        Trace: {
            asked: {
                id: number;
                /** @enum {string} */
                kind: "event" | "execution";
            };
            correlation_id: string | null;
            dead_letters: components["schemas"]["TracedLetter"][];
            enforcements: components["schemas"]["TracedEnforcement"][];
            event: components["schemas"]["TracedEvent"] | null;
            /** @description Depth first. */
            executions: components["schemas"]["TracedExecution"][];
            messages: components["schemas"]["WaitingMessage"][];
            rules: components["schemas"]["RuleDecision"][];
            /** @description There is more than 1000 nodes; the rest is left out. */
            truncated: boolean;
            /** @description What is left out because the caller may not read it. */
            withheld: {
                /** @description Only what the grants do not cover. */
                partly?: boolean;
                permission: string;
                section: string;
            }[];
        };
        /** TracedEnforcement */
        TracedEnforcement: {
            /** Format: date-time */
            created: string;
            id: number;
            resolved_after_ms: number | null;
            resolved_at: string | null;
            rule: number | null;
            rule_ref: string;
            /** @enum {string} */
            status: "created" | "processed" | "disabled";
            why: string | null;
        };
        /** TracedEvent */
        TracedEvent: {
            asked: boolean;
            /** Format: date-time */
            created: string;
            /** @description Whether the rules of its trigger were asked. */
            decided: boolean;
            decided_after_ms: number | null;
            decided_at: string | null;
            id: number;
            rule_ref: string | null;
            source_ref: string | null;
            trigger_ref: string;
            why: string | null;
        };
        /** TracedExecution */
        TracedExecution: {
            action_ref: string;
            asked: boolean;
            attempt: number;
            /** Format: date-time */
            created: string;
            depth: number;
            ended_at: string | null;
            enforcement: number | null;
            /** @description Its steps from its history, oldest first. */
            hops: {
                after_ms: number | null;
                /** Format: date-time */
                at: string;
                status: string;
            }[];
            id: number;
            max_retries: number | null;
            original_execution: number | null;
            parent: number | null;
            placement?: {
                message: string;
                reason: string | null;
                removed: {
                    filter: string;
                    why: string;
                    worker: string;
                }[];
                worker: string | null;
            };
            retry_count: number;
            started_at: string | null;
            /** @enum {string} */
            status: "requested" | "scheduling" | "scheduled" | "running" | "canceling" | "completed" | "failed" | "cancelled" | "timeout" | "abandoned";
            total_ms: number | null;
            why: string | null;
            worker: number | null;
            worker_name: string | null;
        };
        /** TracedLetter */
        TracedLetter: {
            attempts: number;
            /** Format: date-time */
            created: string;
            enforcement: number | null;
            error: string;
            event: number | null;
            execution: number | null;
            id: number;
            queue: string;
            type: string;
        };
        /** TriggerDetail */
        TriggerDetail: {
            /** Format: date-time */
            created: string;
            description: string | null;
            enabled: boolean;
            id: number;
            is_adhoc: boolean;
            label: string;
            out_schema: unknown | null;
            pack: number | null;
            pack_ref: string | null;
            param_schema: unknown | null;
            ref: string;
            sensor: number | null;
            sensor_ref: string | null;
            /** Format: date-time */
            updated: string;
            webhook_enabled: boolean;
            /** @description A credential: null where there is none, and without triggers:update for it. */
            webhook_key: string | null;
        };
        /** TriggerSummary */
        TriggerSummary: {
            /** Format: date-time */
            created: string;
            description: string | null;
            enabled: boolean;
            id: number;
            label: string;
            pack_ref: string | null;
            ref: string;
            sensor_ref: string | null;
            /** Format: date-time */
            updated: string;
            webhook_enabled: boolean;
        };
        /** UpdateAction */
        UpdateAction: {
            accepted_env_vars?: string[] | null;
            accesses_mcp?: boolean | null;
            artifact_retention_limit?: ({
                /** @enum {string} */
                op: "set";
                value: number;
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            artifact_retention_policy?: ({
                /** @enum {string} */
                op: "set";
                /** @enum {string} */
                value: "versions" | "days" | "hours" | "minutes";
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            default_execution_permission_set_refs?: string[] | null;
            description?: string | null;
            entrypoint?: string | null;
            key_refs?: string[] | null;
            label?: string | null;
            log_retention_limit?: ({
                /** @enum {string} */
                op: "set";
                value: number;
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            log_retention_policy?: ({
                /** @enum {string} */
                op: "set";
                /** @enum {string} */
                value: "versions" | "days" | "hours" | "minutes";
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            max_retries?: number | null;
            out_schema?: unknown;
            output_format?: ("text" | "json" | "yaml" | "jsonl") | null;
            param_schema?: unknown;
            parameter_delivery?: ("stdin" | "file") | null;
            parameter_format?: ("json" | "dotenv" | "yaml") | null;
            required_worker_runtimes?: {
                [key: string]: string;
            } | null;
            runtime?: number | null;
            runtime_ref?: string | null;
            runtime_version_constraint?: ({
                /** @enum {string} */
                op: "set";
                value: string;
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            success_exit_codes?: number[] | null;
            timeout_seconds?: ({
                /** @enum {string} */
                op: "set";
                value: number;
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            worker_affinity?: {
                [key: string]: unknown;
            } | null;
            worker_selector?: {
                [key: string]: unknown;
            } | null;
            worker_tolerations?: unknown[] | null;
        };
        /** UpdateIdentity */
        UpdateIdentity: {
            attributes?: {
                [key: string]: unknown;
            } | null;
            display_name?: string | null;
            frozen?: boolean | null;
            password?: string | null;
        };
        /** UpdateKey */
        UpdateKey: {
            encrypted?: boolean | null;
            name?: string | null;
            value?: unknown;
        };
        /** UpdatePack */
        UpdatePack: {
            conf_schema?: {
                [key: string]: unknown;
            } | null;
            config?: {
                [key: string]: unknown;
            } | null;
            config_texts?: {
                [key: string]: string;
            } | null;
            dependencies?: string[] | null;
            description?: string | null | {
                /** @enum {string} */
                op: "set";
                value: string;
            } | {
                /** @enum {string} */
                op: "clear";
            };
            is_standard?: boolean | null;
            label?: string | null;
            meta?: {
                [key: string]: unknown;
            } | null;
            runtime_deps?: string[] | null;
            tags?: string[] | null;
            version?: string | null;
        };
        /** UpdatePackIndex */
        UpdatePackIndex: {
            enabled?: boolean | null;
            /** @description Sent with the request for the index. Stored encrypted, never shown; *** keeps the value that is there. */
            headers?: {
                [key: string]: string;
            };
            name?: string | null;
            position?: number | null;
            url?: string | null;
        };
        /** UpdatePermissionSet */
        UpdatePermissionSet: {
            description?: string | null;
            grants: {
                actions: string[];
                constraints?: components["schemas"]["Constraints"];
                resource: string;
            }[];
            label?: string | null;
        };
        /** UpdateRule */
        UpdateRule: {
            /** @description Parameters of the action; strings may hold templates such as `{{ event.payload.name }}`. */
            action_params?: Record<string, unknown> | null;
            action_ref?: string | null;
            /** @description `{"expression": "…"}`, an array of `{"field", "operator", "value"}` that must all hold, or empty. */
            conditions?: unknown;
            description?: string | null;
            enabled?: boolean | null;
            label?: string | null;
            /** @description What executions may do through the API: null as the action says, `[]` nothing. */
            permission_set_refs?: string[] | null;
            /** @description Parameters of the trigger, for the sensor that watches. */
            trigger_params?: Record<string, unknown> | null;
            trigger_ref?: string | null;
        };
        /** UpdateRuntime */
        UpdateRuntime: {
            aliases?: string[] | null;
            description?: string | null;
            distributions?: {
                [key: string]: unknown;
            } | null;
            execution_config?: {
                [key: string]: unknown;
            } | null;
            installation?: ({
                /** @enum {string} */
                op: "set";
                value: unknown;
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            name?: string | null;
            versions?: {
                distributions?: {
                    [key: string]: unknown;
                } | null;
                execution_config?: {
                    [key: string]: unknown;
                } | null;
                is_default?: boolean | null;
                meta?: {
                    [key: string]: unknown;
                } | null;
                /** @description Such as 3.12. */
                version: string;
            }[] | null;
        };
        /** UpdateSensor */
        UpdateSensor: {
            artifact_retention_limit?: ({
                /** @enum {string} */
                op: "set";
                value: number;
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            artifact_retention_policy?: ({
                /** @enum {string} */
                op: "set";
                /** @enum {string} */
                value: "versions" | "days" | "hours" | "minutes";
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            description?: string | null;
            enabled?: boolean | null;
            entrypoint?: string | null;
            label?: string | null;
            log_retention_limit?: ({
                /** @enum {string} */
                op: "set";
                value: number;
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            log_retention_policy?: ({
                /** @enum {string} */
                op: "set";
                /** @enum {string} */
                value: "versions" | "days" | "hours" | "minutes";
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            param_schema?: ({
                /** @enum {string} */
                op: "set";
                value: unknown;
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            worker_affinity?: {
                [key: string]: unknown;
            } | null;
            worker_selector?: {
                [key: string]: unknown;
            } | null;
            worker_tolerations?: unknown[] | null;
        };
        /** UpdateTrigger */
        UpdateTrigger: {
            description?: string | null;
            enabled?: boolean | null;
            label?: string | null;
            out_schema?: ({
                /** @enum {string} */
                op: "set";
                value: unknown;
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
            param_schema?: ({
                /** @enum {string} */
                op: "set";
                value: unknown;
            } | {
                /** @enum {string} */
                op: "clear";
            }) | null;
        };
        /** WaitingMessage */
        WaitingMessage: {
            attempt: number;
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            due_at: string;
            enforcement: number | null;
            event: number | null;
            execution: number | null;
            last_error: string | null;
            queue: string | null;
            /** @enum {string} */
            stage: "queue" | "outbox";
            type: string;
        };
        /** WebhookConfig */
        WebhookConfig: {
            delivery_id_header?: string | null;
            envelope?: ("auto" | "always" | "never") | null;
            hmac?: {
                /** @enum {string} */
                algorithm?: "sha1" | "sha256" | "sha512";
                enabled: boolean;
                /**
                 * @description Of the signature. Default: hex.
                 * @enum {string}
                 */
                encoding?: "hex" | "base64";
                /** @description Where the signature stands. Default: X-Webhook-Signature, else X-Hub-Signature-256. */
                header?: string;
                /** @description Where the id stands that is signed. */
                id_header?: string;
                /** @description true: the secret before stays good beside the new one. false: it does not any longer. Default: a new secret stands alone. */
                keep_previous_secret?: boolean;
                /** @description Before each signature. Default: the name of the algorithm and =, or nothing. */
                prefix?: string;
                /**
                 * @description How a known sender signs; what else is given goes before.
                 * @enum {string}
                 */
                preset?: "github" | "gitlab" | "stripe" | "slack" | "shopify" | "pagerduty" | "sentry" | "standard_webhooks";
                /**
                 * @description Signed with the secret, or the secret itself in a header. Default: hmac.
                 * @enum {string}
                 */
                scheme?: "hmac" | "token";
                /** @description Signs the calls; never shown again. */
                secret?: string;
                /**
                 * @description How the secret is written; base64 may begin with whsec_. Default: text.
                 * @enum {string}
                 */
                secret_encoding?: "text" | "base64";
                /**
                 * @description Between several signatures in the header.
                 * @enum {string}
                 */
                separator?: "," | " ";
                /** @description What is signed, with {body}, {timestamp} and {id} in it. Default: {body}. */
                signed_content?: string;
                /** @description Where the time stands that is signed. */
                timestamp_header?: string;
                /** @description What the time begins with, where it stands in the header of the signature. */
                timestamp_prefix?: string;
                /** @description By which a time that is signed may be off. Default: 300. */
                tolerance_seconds?: number;
            } | null;
            ip_whitelist?: {
                enabled: boolean;
                /** @description Addresses or CIDR blocks, IPv4 or IPv6. */
                ips: string[];
            } | null;
            payload_size_limit_kb?: number | null;
            rate_limit?: {
                enabled: boolean;
                /** @description Calls of one address in the window at most. */
                requests: number;
                /** @description Seconds. */
                window_seconds: number;
            } | null;
        };
        /** WebhookDelivery */
        WebhookDelivery: {
            /** Format: date-time */
            created: string;
            /** @description It had been taken before; `event_id` is the first event. */
            duplicate: boolean;
            error_message: string | null;
            event_id: number | null;
            headers: {
                [key: string]: unknown;
            } | null;
            hmac_verified: boolean | null;
            id: number;
            ip_allowed: boolean | null;
            payload_size_bytes: number | null;
            processing_time_ms: number | null;
            rate_limited: boolean;
            source_ip: string | null;
            /** @description What the sender was answered. */
            status_code: number;
            user_agent: string | null;
        };
        /** WebhookReceipt */
        WebhookReceipt: {
            event_id: number;
            message: string;
            /** Format: date-time */
            received_at: string;
            trigger_ref: string;
        };
        /** WorkerSummary */
        WorkerSummary: {
            cordon_reason: string | null;
            cordoned: boolean;
            cordoned_at: string | null;
            cordoned_by: number | null;
            /** Format: date-time */
            created: string;
            /** @enum {string} */
            health_state: "active" | "busy" | "cordoned" | "offline" | "error" | "inactive";
            heartbeat_age_seconds: number | null;
            /** @description None, or older than 90 s. */
            heartbeat_stale: boolean;
            host: string | null;
            id: number;
            last_heartbeat: string | null;
            load: {
                active_rules: number | null;
                canceling: number;
                max_concurrent_executions: number | null;
                max_concurrent_sensors: number | null;
                queue_depth: number | null;
                requested: number;
                running: number;
                scheduled: number;
                scheduling: number;
                sensor_processes_monitored: number | null;
                sensor_processes_running: number | null;
                total_active: number;
                utilization_percent: number | null;
            };
            name: string;
            port: number | null;
            /** @enum {string} */
            status: "active" | "inactive" | "busy" | "error";
            supported_runtimes: {
                name: string;
                versions: string[];
            }[];
            /** Format: date-time */
            updated: string;
            /** @enum {string} */
            worker_role: "action" | "sensor";
            /** @enum {string} */
            worker_type: "local" | "remote" | "container";
        };
    };
    responses: {
        /** @description BAD_REQUEST */
        400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description UNAUTHORIZED */
        401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description FORBIDDEN */
        403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description NOT_FOUND */
        404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description CONFLICT */
        409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description PAYLOAD_TOO_LARGE */
        413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description UNSUPPORTED_MEDIA_TYPE */
        415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description UNPROCESSABLE_ENTITY, VALIDATION_ERROR */
        422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description TOO_MANY_REQUESTS */
        429: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description NOT_IMPLEMENTED */
        501: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description SERVICE_UNAVAILABLE */
        503: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
