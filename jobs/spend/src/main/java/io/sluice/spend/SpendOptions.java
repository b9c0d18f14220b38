package io.sluice.spend;

import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;

/** Options of the spend job besides {@link io.sluice.runtime.EdgeOptions}, given to its main class as {@code --key value}. */
public final class SpendOptions {
    public static final ConfigOption<Duration> OPEN_AFTER_END = ConfigOptions.key("spend.open-after-end")
            .durationType()
            .defaultValue(Duration.ofDays(35))
            .withDescription("How long after the end of a month its records are still counted; later ones are late.");

    public static final ConfigOption<MemorySize> FILTER_SIZE = ConfigOptions.key("spend.filter-size")
            .memoryType()
            .defaultValue(MemorySize.ofMebiBytes(4))
            .withDescription(
                    "Memory of the filter that knows new ids from known ones, for each of four operators and each"
                            + " parallel instance. About ten bits for each request of the open months are best. Ids"
                            + " that wait to be written take twice as much.");

    public static final ConfigOption<Integer> CACHED_CELLS = ConfigOptions.key("spend.cached-cells")
            .intType()
            .defaultValue(100_000)
            .withDescription("Cells, and records of sessions, that each parallel instance keeps in memory.");

    public static final ConfigOption<Duration> DIRECTORY_DELAY = ConfigOptions.key("spend.directory-delay")
            .durationType()
            .defaultValue(Duration.ofMinutes(10))
            .withDescription("How much later than events of its time a version of the directory may come: so long the"
                    + " exact times of events are kept. A later one finds whole hours only.");

    public static final ConfigOption<Boolean> CAPS = ConfigOptions.key("spend.caps")
            .booleanType()
            .defaultValue(true)
            .withDescription("Whether spend is compared with caps: alerts and sums of people are put out.");

    private static final MemorySize LARGEST_FILTER = MemorySize.ofMebiBytes(512);

    private SpendOptions() {}

    static int filterBytes(ReadableConfig options) {
        MemorySize size = options.get(FILTER_SIZE);
        if (size.compareTo(LARGEST_FILTER) > 0) {
            throw new IllegalArgumentException(
                    FILTER_SIZE.key() + ": " + size + " (expected: at most " + LARGEST_FILTER + ")");
        }
        return (int) size.getBytes();
    }
}
