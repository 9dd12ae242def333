mod enricher;
mod geoip;
mod hints;
mod seal;
mod user_agents;
