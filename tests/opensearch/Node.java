import java.util.concurrent.CountDownLatch;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One node of a cluster: {@code Node FOLDER WATCHED KEY=VALUE...}. It ends with process WATCHED (0: none). */
public class Node {
    public static void main(String[] args) throws InterruptedException {
        long watched = Long.parseLong(args[1]);
        if (watched != 0) {
            ProcessHandle.of(watched).ifPresentOrElse(
                process -> process.onExit().thenRun(() -> System.exit(0)), () -> System.exit(0));
        }
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            for (int i = 2; i < args.length; i++) {
                String[] pair = args[i].split("=", 2);
                settings.put(pair[0], pair[1]);
            }
        });
        runner.build(OpenSearchRunner.newConfigs().basePath(args[0]).numOfNode(1).useLogger());
        new CountDownLatch(1).await();
    }
}
