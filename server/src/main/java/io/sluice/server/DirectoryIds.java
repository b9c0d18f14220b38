package io.sluice.server;

import java.util.UUID;

/** Ids of new documents, in the form of the Claude APIs. Random, so never used again. */
final class DirectoryIds {
    private DirectoryIds() {}

    static String user() {
        return "user_" + random();
    }

    static String group() {
        return "rbac_group_" + random();
    }

    static String role() {
        return "rbac_role_" + random();
    }

    static String seatRequest() {
        return "seat_request_" + random();
    }

    private static String random() {
        return UUID.randomUUID().toString().replace("-", "");
    }
}
