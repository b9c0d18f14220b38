package io.sluice.scim;

import org.jspecify.annotations.Nullable;

/**
 * The path of a PATCH operation: {@code attribute}, {@code attribute.sub}, {@code attribute[filter]},
 * {@code attribute[filter].sub}, each also with a URN in front, or the URN of a schema alone.
 *
 * @param filter over the elements of the attribute; null for all of it
 */
record PatchPath(Target target, @Nullable ScimFilter filter) {

    /**
     * @return null if the name means nothing in this type
     * @throws ScimException 400 {@code invalidPath} or {@code invalidFilter}
     */
    static @Nullable PatchPath parse(ScimResourceType type, String path) {
        int open = path.indexOf('[');
        if (open < 0) {
            Target target = type.resolve(path);
            return target == null ? null : new PatchPath(target, null);
        }
        int close = close(path, open);
        String rest = close < 0 ? "?" : path.substring(close + 1);
        if (close < 0 || !(rest.isEmpty() || rest.startsWith("."))) {
            throw refused(path, "'[', a filter, ']', and '.' with a sub-attribute or nothing behind it");
        }
        Target whole = type.resolve(path.substring(0, open));
        Target target = type.resolve(path.substring(0, open) + rest);
        if (whole == null || target == null) {
            return null;
        }
        ScimAttribute attribute = whole.attribute();
        if (attribute == null || whole.sub() != null || !attribute.multiValued() || !attribute.complex()) {
            throw refused(path, "a filter behind a multi-valued attribute only");
        }
        return new PatchPath(
                target, ScimFilter.ofElements(attribute.name(), attribute, path.substring(open + 1, close)));
    }

    private static int close(String path, int open) {
        for (int i = open; i < path.length(); i++) {
            if (path.charAt(i) == '"') {
                i = FilterText.endOfQuoted(path, i) - 1;
                if (i < 0) {
                    return -1;
                }
            } else if (path.charAt(i) == ']') {
                return i;
            }
        }
        return -1;
    }

    static ScimException refused(String path, String expected) {
        return ScimException.badRequest(
                ScimErrorType.INVALID_PATH,
                "path: text of " + path.length() + " characters (expected: " + expected + ")");
    }
}
