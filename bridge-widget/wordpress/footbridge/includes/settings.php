<?php
/**
 * The settings page. WordPress itself checks who saves it and the nonce of its form, in options.php.
 */

namespace Footbridge;

defined( 'ABSPATH' ) || exit;

const PAGE       = 'footbridge';
const CAPABILITY = 'manage_options';

function register_settings(): void {
	register_setting(
		PAGE,
		OPTION,
		array(
			'type'              => 'array',
			'sanitize_callback' => __NAMESPACE__ . '\sanitize',
		)
	);
}

function add_settings_page(): void {
	add_options_page( 'Footbridge', 'Footbridge', CAPABILITY, PAGE, __NAMESPACE__ . '\print_page' );
}

/** What is stored of what was sent: with the newest release of its network, or as it was if that cannot be had. */
function sanitize( $sent ): array {
	// WordPress asks twice when it stores the option for the first time.
	static $known = array();
	$sent         = is_array( $sent ) ? $sent : array();
	$signaling    = origin_of( $sent['signaling'] ?? '' );
	$release      = '' === $signaling ? null : ( $known[ $signaling ] ?? newest_release( $signaling ) );
	if ( null === $release ) {
		$problem = '' === $signaling
			? __( 'That is no https address of a signaling server. Nothing was changed.', 'footbridge' )
			: __( 'That signaling server did not say which release of the switch it has. Nothing was changed: check the address, or try again later.', 'footbridge' );
		add_settings_error( OPTION, 'signaling', $problem );
		return options();
	}
	$known[ $signaling ] = $release;
	return array(
		'signaling' => $signaling,
		'layout'    => one_of( LAYOUTS, $sent['layout'] ?? '' ),
		'theme'     => one_of( THEMES, $sent['theme'] ?? '' ),
		'place'     => one_of( PLACES, $sent['place'] ?? '' ),
	) + $release;
}

function print_page(): void {
	if ( ! current_user_can( CAPABILITY ) ) {
		wp_die( esc_html__( 'You may not change these settings.', 'footbridge' ) );
	}
	$chosen = options();
	?>
	<div class="wrap">
		<h1>Footbridge</h1>
		<p><?php esc_html_e( 'A switch on your site. A visitor who turns it on lends their browser, while the page stays open, to people whose network is censored. Until then nothing runs, connects or is stored.', 'footbridge' ); ?></p>
		<form action="options.php" method="post">
			<?php settings_fields( PAGE ); ?>
			<table class="form-table" role="presentation">
				<tr>
					<th scope="row"><label for="footbridge-signaling"><?php esc_html_e( 'Signaling server', 'footbridge' ); ?></label></th>
					<td>
						<input type="url" required class="regular-text code" id="footbridge-signaling" name="<?php echo esc_attr( OPTION ); ?>[signaling]" value="<?php echo esc_attr( $chosen['signaling'] ); ?>" placeholder="https://signaling.example">
						<p class="description"><?php esc_html_e( 'Of the network that your visitors are to help.', 'footbridge' ); ?></p>
					</td>
				</tr>
				<?php
				print_choice(
					'place',
					__( 'Place', 'footbridge' ),
					$chosen['place'],
					array(
						'shortcode'  => __( 'Where [footbridge] is', 'footbridge' ),
						'posts'      => __( 'Below each post', 'footbridge' ),
						'everywhere' => __( 'In a corner of every page', 'footbridge' ),
					)
				);
				print_choice(
					'layout',
					__( 'Layout', 'footbridge' ),
					$chosen['layout'],
					array(
						'card'     => __( 'Card', 'footbridge' ),
						'switch'   => __( 'Switch', 'footbridge' ),
						'banner'   => __( 'Banner', 'footbridge' ),
						'floating' => __( 'Floating', 'footbridge' ),
					)
				);
				print_choice(
					'theme',
					__( 'Theme', 'footbridge' ),
					$chosen['theme'],
					array(
						'auto'  => __( 'As the visitor has it', 'footbridge' ),
						'light' => __( 'Light', 'footbridge' ),
						'dark'  => __( 'Dark', 'footbridge' ),
					)
				);
				?>
				<tr>
					<th scope="row"><?php esc_html_e( 'Release', 'footbridge' ); ?></th>
					<td>
						<code><?php echo esc_html( '' === $chosen['release'] ? '–' : $chosen['release'] ); ?></code>
						<p class="description"><?php esc_html_e( 'Your visitors run this one and no other: your pages name it by its digest. Save to go on to the newest.', 'footbridge' ); ?></p>
					</td>
				</tr>
			</table>
			<?php submit_button(); ?>
		</form>
	</div>
	<?php
}

function print_choice( string $name, string $label, string $chosen, array $choices ): void {
	?>
	<tr>
		<th scope="row"><label for="<?php echo esc_attr( "footbridge-$name" ); ?>"><?php echo esc_html( $label ); ?></label></th>
		<td>
			<select id="<?php echo esc_attr( "footbridge-$name" ); ?>" name="<?php echo esc_attr( OPTION . "[$name]" ); ?>">
				<?php foreach ( $choices as $value => $text ) : ?>
					<option value="<?php echo esc_attr( $value ); ?>" <?php selected( $chosen, $value ); ?>><?php echo esc_html( $text ); ?></option>
				<?php endforeach; ?>
			</select>
		</td>
	</tr>
	<?php
}
