package io.sluice.scim;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** ETags (RFC 7644, 3.14; RFC 9110, 8.8.3): weak, of a number that grows with every change. */
public final class ScimVersion {
    private static final Pattern TAG = Pattern.compile("\\s*(\\*|(?:W/)?\"[^\"\\p{Cntrl}]*\")\\s*(?:,|$)");

    private ScimVersion() {}

    /** {@code W/"7"}: the header {@code ETag} and {@code meta.version}. */
    public static String format(long version) {
        return "W/\"" + version + "\"";
    }

    /**
     * For PUT, PATCH and DELETE.
     *
     * @param ifMatch the header, or the {@code version} of a bulk operation; null if not given
     * @throws ScimException 412 if it names another version or is no list of ETags
     */
    public static void requireMatch(@Nullable String ifMatch, long version) {
        if (ifMatch != null && !names(ifMatch, version)) {
            throw ScimException.versionMismatch();
        }
    }

    /**
     * For GET: whether to answer 304.
     *
     * @param ifNoneMatch the header; null if not given. One that is no list of ETags counts as not given
     */
    public static boolean isNotModified(@Nullable String ifNoneMatch, long version) {
        return ifNoneMatch != null && names(ifNoneMatch, version);
    }

    /** Compared weakly, as RFC 9110 has it for If-None-Match; for If-Match too, since all of ours are weak. */
    private static boolean names(String header, long version) {
        String ours = "\"" + version + "\"";
        for (String tag : tags(header)) {
            if (tag.equals("*") || tag.equals(ours) || tag.equals("W/" + ours)) {
                return true;
            }
        }
        return false;
    }

    /** Empty if any part of it is no ETag. */
    private static List<String> tags(String header) {
        List<String> tags = new ArrayList<>();
        Matcher matcher = TAG.matcher(header);
        int end = 0;
        while (end < header.length()) {
            if (!matcher.find(end) || matcher.start() != end) {
                return List.of();
            }
            tags.add(matcher.group(1));
            end = matcher.end();
        }
        return tags;
    }
}
