package io.sluice.standalone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all commands have: where the data is, how to answer. Answers go to standard output, all else to standard error. */
final class Common {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data folder (default: SLUICE_DATA_DIR, else ~/.sluice).")
    @Nullable
    Path data;

    @Option(names = "--json", description = "Answer with one JSON object.")
    boolean json;

    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec spec;

    Settings settings() {
        return settings(data);
    }

    static Settings settings(@Nullable Path data) {
        return Settings.read(data, System.getenv(), User.home());
    }

    private CommandSpec command() {
        if (spec == null) {
            throw new IllegalStateException("used outside of a command");
        }
        return spec;
    }

    void print(String text) {
        PrintWriter out = command().commandLine().getOut();
        out.println(text);
        out.flush();
    }

    /** The whole answer for programs, the text for people; done. */
    int answer(JsonNode answer, String text) {
        if (json) {
            printJson(answer);
        } else {
            print(text);
        }
        return 0;
    }

    void printJson(JsonNode answer) {
        try {
            print(Api.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(answer));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For people who wait; may be called from any thread. */
    void tell(String text) {
        PrintWriter err = command().commandLine().getErr();
        synchronized (err) {
            err.println(text);
            err.flush();
        }
    }
}
