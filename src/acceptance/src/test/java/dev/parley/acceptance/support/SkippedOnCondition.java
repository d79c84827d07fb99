package dev.parley.acceptance.support;

import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides for {@link SkippedOn}. */
final class SkippedOnCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        String server = ParleyDeployment.Built.SERVER.name();
        return context.getElement()
                .flatMap(element -> Optional.ofNullable(element.getAnnotation(SkippedOn.class)))
                .filter(skipped -> skipped.server().equals(server))
                .map(skipped -> ConditionEvaluationResult.disabled(SkippedOn.REASON + server + ": " + skipped.reason()))
                .orElseGet(() -> ConditionEvaluationResult.enabled("runs on " + server));
    }
}
