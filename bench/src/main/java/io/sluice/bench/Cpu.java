package io.sluice.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** Processor time. */
final class Cpu {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private Cpu() {}

    /** Of this process. */
    static double seconds() {
        return SYSTEM.getProcessCpuTime() / 1e9;
    }

    /** Of this process and those that it has started, and that still run. */
    static double secondsOfAll() {
        return seconds()
                + ProcessHandle.current()
                        .descendants()
                        .mapToDouble(each -> each.info()
                                        .totalCpuDuration()
                                        .orElse(Duration.ZERO)
                                        .toNanos()
                                / 1e9)
                        .sum();
    }
}
