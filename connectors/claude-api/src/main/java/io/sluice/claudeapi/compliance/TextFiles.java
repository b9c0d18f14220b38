package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which files are text, by what upstream says of them, and how their bytes are read. */
final class TextFiles {
    /** Says nothing. */
    private static final String ANY = "application/octet-stream";

    private static final Set<String> APPLICATIONS = Set.of(
            "json",
            "ndjson",
            "x-ndjson",
            "jsonl",
            "x-jsonlines",
            "xml",
            "csv",
            "yaml",
            "x-yaml",
            "toml",
            "x-toml",
            "javascript",
            "x-javascript",
            "ecmascript",
            "typescript",
            "x-typescript",
            "sql",
            "x-sql",
            "x-sh",
            "x-shellscript",
            "x-python",
            "x-python-code",
            "x-ruby",
            "x-php",
            "x-httpd-php",
            "x-perl",
            "x-latex",
            "x-tex",
            "graphql",
            "markdown",
            "x-markdown");

    private static final Set<String> ENDINGS = Set.of(
            "txt",
            "text",
            "md",
            "markdown",
            "rst",
            "csv",
            "tsv",
            "json",
            "jsonl",
            "ndjson",
            "ipynb",
            "xml",
            "svg",
            "yaml",
            "yml",
            "toml",
            "ini",
            "cfg",
            "conf",
            "properties",
            "env",
            "log",
            "html",
            "htm",
            "css",
            "scss",
            "js",
            "mjs",
            "jsx",
            "ts",
            "tsx",
            "vue",
            "py",
            "java",
            "kt",
            "scala",
            "groovy",
            "gradle",
            "go",
            "rs",
            "rb",
            "php",
            "pl",
            "lua",
            "r",
            "c",
            "h",
            "cc",
            "cpp",
            "hpp",
            "cs",
            "swift",
            "m",
            "sh",
            "bash",
            "zsh",
            "ps1",
            "bat",
            "sql",
            "proto",
            "graphql",
            "tf",
            "diff",
            "patch",
            "tex",
            "srt",
            "vtt",
            "eml",
            "ics");

    private static final Pattern CHARSET =
            Pattern.compile(";\\s*charset\\s*=\\s*\"?([A-Za-z0-9._:+-]+)", Pattern.CASE_INSENSITIVE);

    private static final char BYTE_ORDER_MARK = '\ufeff';

    private TextFiles() {}

    /** By its type; by the ending of its name, if that says nothing. */
    static boolean isText(JsonNode file) {
        String type = file.path("mime_type").asText().toLowerCase(Locale.ROOT);
        type = type.replaceFirst("\\s*;.*", "");
        if (file.path("mime_type").isNull() || type.isEmpty() || type.equals(ANY)) {
            String name = file.path("filename").asText().toLowerCase(Locale.ROOT);
            return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1)) && name.indexOf('.') >= 0;
        }
        return type.startsWith("text/")
                || type.endsWith("+json")
                || type.endsWith("+xml")
                || type.endsWith("+yaml")
                || (type.startsWith("application/") && APPLICATIONS.contains(type.substring("application/".length())));
    }

    /**
     * The bytes as text; what is malformed is replaced.
     *
     * @param contentType of the answer; null: it has none
     */
    static String decoded(byte[] bytes, @Nullable String contentType) {
        String text = new String(bytes, charset(contentType));
        return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
    }

    /** UTF-8, unless it is another that this machine knows. */
    private static Charset charset(@Nullable String contentType) {
        Matcher named = CHARSET.matcher(contentType == null ? "" : contentType);
        try {
            return named.find() ? Charset.forName(named.group(1)) : StandardCharsets.UTF_8;
        } catch (IllegalArgumentException e) {
            return StandardCharsets.UTF_8;
        }
    }
}
