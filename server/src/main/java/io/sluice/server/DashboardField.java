package io.sluice.server;

/**
 * A field as dashboards name it.
 *
 * @param source its name in the index
 */
record DashboardField(String name, String source, Kind kind) {
    enum Kind {
        TIME("date"),
        LABEL("keyword"),
        FLAG("boolean"),
        /** A label that is a whole number; by the name of a number, Grafana would offer to add it up. */
        WHOLE("keyword"),
        /** A label that says who somebody is. */
        PERSON("keyword"),
        NUMBER("long"),
        /** The index has millionths; dashboards get dollars or seconds, since Grafana cannot divide. */
        MILLIONTHS("double");

        private final String type;

        Kind(String type) {
            this.type = type;
        }

        /** In the terms of Elasticsearch's mappings. */
        String type() {
            return type;
        }
    }

    boolean isNumber() {
        return kind == Kind.NUMBER || kind == Kind.MILLIONTHS;
    }

    /** Never below 0. */
    boolean isDuration() {
        return source.endsWith("_duration_ms");
    }

    boolean isPerson() {
        return kind == Kind.PERSON;
    }

    /** By what values of the index are divided. */
    double unit() {
        return kind == Kind.MILLIONTHS ? 1e6 : 1;
    }
}
