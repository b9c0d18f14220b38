package io.sluice.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "down", description = "Ends everything that up has started.", mixinStandardHelpOptions = true)
final class DownCommand implements Callable<Integer> {
    private static final long LIMIT_SECONDS = 120;

    @Mixin
    private Common common = new Common();

    @Override
    public Integer call() throws IOException, InterruptedException {
        DataFolder data = new DataFolder(common.settings().data());
        boolean wasRunning = Files.isDirectory(data.root()) && end(data);
        if (common.json) {
            common.printJson(Api.JSON.createObjectNode().put("was_running", wasRunning));
        } else {
            common.print(wasRunning ? "Sluice has ended." : "Sluice is not running on " + data.root() + ".");
        }
        return 0;
    }

    private boolean end(DataFolder data) throws IOException, InterruptedException {
        OptionalLong holder = DataLock.holder(data);
        if (holder.isEmpty()) {
            // After a supervisor was killed its processes end by themselves, but take some seconds.
            List<String> leftovers = RunFile.endAll(data.run());
            return !leftovers.isEmpty();
        }
        ProcessHandle supervisor = ProcessHandle.of(holder.getAsLong()).orElse(null);
        if (supervisor == null) {
            return false;
        }
        if (!supervisor.destroy()) {
            throw new CommandException("process " + supervisor.pid()
                    + " may not be ended by you (expected: run by the user who started Sluice)");
        }
        try {
            supervisor.onExit().get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new CommandException(
                    "process " + supervisor.pid() + " does not end (expected: within " + LIMIT_SECONDS + " s)", e);
        }
        return true;
    }
}
