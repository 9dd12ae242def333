use super::cell::{fit, width};
use super::fetch::{Catalogue, Metric, Parameter};

/// A line for each metric: its name, title and unit, and the parameters that are its own.
pub(super) fn text(catalogue: &Catalogue, terminal: Option<usize>) -> String {
    let names = catalogue.metrics.iter().map(|metric| width(&metric.name));
    let widest = names.max().unwrap_or(0);
    let line = |metric: &Metric| {
        let line = format!(
            "{}  {} ({}){}",
            fit(&metric.name, widest, false),
            metric.title,
            metric.unit,
            own(metric)
        );
        match terminal {
            Some(terminal) => fit(&line, terminal, false).trim_end().to_owned() + "\n",
            None => line + "\n",
        }
    };
    let lines: String = catalogue.metrics.iter().map(line).collect();
    lines + "\n`clickpath report <metric> --from 7d` shows one; --help has the rest.\n"
}

fn own(metric: &Metric) -> String {
    let is_common = |name: &str| ["site", "from", "to", "tz", "bots", "limit"].contains(&name);
    let own = metric.parameters.iter().filter(|parameter| !is_common(&parameter.name));
    let own = own.map(
        |Parameter {
             name,
             required,
             default,
         }| match default {
            Some(default) if !default.is_empty() => format!(" {name}={default}"),
            _ if *required => format!(" {name}=…"),
            _ => format!(" [{name}=…]"),
        },
    );
    let own: String = own.collect();
    if own.is_empty() { own } else { format!(" ·{own}") }
}
