<?php
/**
 * A real WordPress with the plugin active, and no database: what it stores is in memory, and gone with this program.
 * Does what it is told, in PHP, and prints what that returns, as a last line of JSON.
 *
 * Arguments: folder of WordPress, folder of plugins, option `footbridge` as JSON, `admin` or `visitor`, what to do.
 */

list( , $wordpress, $plugins, $option, $who, $program ) = $argv;

error_reporting( E_ALL );
set_error_handler(
	function ( $level, $message, $file, $line ) use ( $plugins ) {
		// WordPress itself is older than this PHP.
		if ( 0 === strpos( $file, $plugins ) ) {
			throw new ErrorException( $message, 0, $level, $file, $line );
		}
		return true;
	}
);

define( 'ABSPATH', "$wordpress/" );
// It takes `db.php` from there.
define( 'WP_CONTENT_DIR', __DIR__ );
define( 'WP_PLUGIN_DIR', $plugins );
define( 'WP_USE_THEMES', false );
define( 'DISABLE_WP_CRON', true );
// It reaches nobody but the test's own servers.
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1' );
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $kind ) {
	define( "{$kind}_KEY", 'key' );
	define( "{$kind}_SALT", 'salt' );
}
if ( 'admin' === $who ) {
	define( 'WP_ADMIN', true );
}
$_SERVER += array( 'HTTP_HOST' => 'site.example', 'SERVER_NAME' => 'site.example', 'REQUEST_URI' => '/' );
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';

$table_prefix = 'wp_';
$options      = array(
	'siteurl'        => 'https://site.example',
	'home'           => 'https://site.example',
	'blog_charset'   => 'UTF-8',
	'active_plugins' => serialize( array( 'footbridge/footbridge.php' ) ),
	'db_version'     => '53496',
);
if ( '' !== $option ) {
	$options['footbridge'] = serialize( json_decode( $option, true ) );
}

require ABSPATH . 'wp-settings.php';
require ABSPATH . 'wp-admin/includes/template.php';
require ABSPATH . 'wp-admin/includes/plugin.php';
foreach ( array( 'core', 'plugins', 'themes' ) as $what ) {
	remove_action( 'admin_init', "_maybe_update_$what" );
}
add_filter( 'http_request_host_is_external', '__return_true' );
add_filter( 'http_allowed_safe_ports', fn ( $ports, $host, $url ) => array( wp_parse_url( $url, PHP_URL_PORT ) ), 10, 3 );
do_action( 'admin' === $who ? 'admin_init' : 'wp' );

$result = eval( $program );
echo "\n", wp_json_encode( $result ), "\n";
